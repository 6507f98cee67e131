# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What tests of the whole program share: looprace with a place of its own for everything it may leave behind, and the
# check that after each answer nothing of that is left: no process, loop device, mount, temporary file, half a result.
# Sourced after tap.sh, with the program in $2.
#
# Whatever looprace starts inherits TMPDIR, which names our directory; that is how its processes are known from those
# of others who run the same at the same time.

# shellcheck disable=SC2154 # root and work are tap.sh's
# shellcheck disable=SC2034 # used by those who source this

# shellcheck source=tests/lib/recorder.sh
. "$1/tests/lib/recorder.sh"
program=$(realpath -- "$2") # meson gives it as seen from the build directory
results=$work/results
mkdir "$work/tmp" "$work/cwd" "$work/in" "$results"
export TMPDIR="$work/tmp" XDG_CACHE_HOME="$work/cache"
unset LOOPRACE_QEMU LOOPRACE_KVM_PROBE
cd "$work/cwd" || exit

# /proc/PID/environ holds what a process was started with, so this shell is not found; other commands of the test would be,
# so none runs at the same time.
processes() {
	printf '%s' "$work/tmp" | env -i PATH="$PATH" grep -laF -f - /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null
}

no_processes() {
	[ -z "$(processes)" ]
}

# Says on standard output what is left behind.  A test that wants a .partial removes it before it answers.
is_clean() {
	{
		processes
		grep -sF "$work" /sys/block/loop*/loop/backing_file /proc/self/mountinfo
		find "$work/tmp" "$work/cwd" -mindepth 1
		find "$results" -name '*.partial'
		find "$work/results" "$work/cache" \( -name '*.tmp' -o -name '*.tmp.*' -o -name '*.dir.*' -o -name '.fetch.*' -o \
			-name 'initramfs.cpio' -o -name boot.info \) 2>/dev/null
	} >"$work/found"
	sed 's/^/left behind: /' "$work/found"
	[ ! -s "$work/found" ]
}

# says TEXT: the one line on standard error holds it.
says() {
	[ "$(wc -l <"$work/errors")" -eq 1 ] && grep -qF -- "$1" "$work/errors"
}

# is_refused TEXT ARGUMENT...: of looprace run; one line, and nothing written.
is_refused() {
	want_text=$1
	shift
	run 2 "$program" run "$@" && says "$want_text" && [ ! -s "$work/out" ] && [ -z "$(ls -A "$results")" ]
}

# verdict_of RUN [RULE]: of its only cell.
verdict_of() {
	python3 -c 'import json, sys
cell, = json.load(open(sys.argv[1] + "/verdict.json"))["cells"]
print(cell["rules"][sys.argv[2]] if sys.argv[2:] else cell["verdict"])' "$@"
}

# check_cell RUN EXPRESSION: in Python, with run, state and verdict of the only cell, and its finding(rule).
check_cell() {
	python3 - "$@" <<-'END' >>"$work/errors" 2>&1
	import json, pathlib, sys

	cell, = pathlib.Path(sys.argv[1]).glob("*/*/scenario")
	run, state, verdict = (json.loads((cell.parent / f"{name}.json").read_text()) for name in ("run", "state", "verdict"))

	def finding(rule):
	    return next(finding for finding in verdict["findings"] if finding["rule"] == rule)

	def told(rule):
	    return finding(rule)["text"]

	if not eval(f"({sys.argv[2]})"):
	    sys.exit(f"not true: {sys.argv[2]}\n{json.dumps(run)}\n{json.dumps(state)}\n{json.dumps(verdict)}")
	END
}

# is_valid RUN: what other programs say of its reports; the JUnit schemas are not everywhere.
is_valid() {
	"$root/tests/report/check-reports" json "$root" "$1" >>"$work/errors" 2>&1 || return 1
	valid=0
	"$root/tests/report/check-reports" junit "$root" "$1" >>"$work/errors" 2>&1 || valid=$?
	[ "$valid" = 0 ] || [ "$valid" = 77 ]
}

# is_judged_the_same RUN EXIT_CODE: today's rules on stored evidence find what was found when it ran, and change nothing.
is_judged_the_same() {
	find "$1" -type f -exec cksum {} + | sort >"$work/before"
	run "$2" "$program" judge --json "$1" || return 1
	find "$1" -type f -exec cksum {} + | sort | cmp -s - "$work/before" || return 1
	python3 - "$1/verdict.json" "$work/out" <<-'END' >>"$work/errors" 2>&1
	import json, sys

	def essence(path):
	    cells = json.load(open(path))["cells"]
	    return sorted(json.dumps({key: cell[key] for key in cell if key != "directory"}) for cell in cells)

	then, now = map(essence, sys.argv[1:])
	if then != now:
	    sys.exit("\n".join(["then:", *then, "now:", *now]))
	END
}

# ---- a program that runs beside the test

# Whatever a failed check left running ends with the test.
end_everything() {
	for process in $(processes | sed -n 's,^/proc/\([0-9]*\)/.*,\1,p' | sort -u); do
		kill -s KILL "$process" 2>/dev/null || :
	done
	rm -rf "$work"
}
trap end_everything EXIT

# start COMMAND...: sets pid; what it prints goes to $work/out and $work/errors as with run.
start() {
	"$@" >"$work/out" 2>"$work/errors" </dev/null &
	pid=$!
}

# ends EXIT_CODE: of the program that was started.
ends() {
	exit_code=0
	{ wait "$pid" || exit_code=$?; } 2>/dev/null
	[ "$exit_code" = "$1" ]
}

# make_tree: a program in $work/bin whose source tree is $work/source, for tests that put other scripts or results into it.
make_tree() {
	mkdir "$work/bin" "$work/source"
	cp "$program" "$work/bin/looprace"
	cp -r "$root/scenarios" "$root/vm" "$work/source/"
	echo "$work/source" >"$work/bin/source-dir"
	program=$work/bin/looprace
}
