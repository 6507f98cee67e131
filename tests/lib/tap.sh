# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What tests in shell share: a directory of their own, a command with the exit code it must have, answers as TAP.
# Sourced, with the root of the source tree in $1.
#
# An answer is the name of a check and a function: 0 is ok, 77 a skip whose reason is in $reason, all else is not ok and
# shows what the last command printed.  Under CI=true nothing may be skipped for want of a tool: see skip_all.

# shellcheck disable=SC2034 # used by those who source this
root=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/looprace-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' HUP INT TERM

# skip_all REASON: the whole file, and the end of it.
skip_all() {
	if [ "${CI:-}" = true ]; then
		printf '1..1\nnot ok 1 %s\n' "$1"
	else
		echo "1..0 # SKIP $1"
	fi
	exit 0
}

needs() {
	for tool in "$@"; do
		command -v "$tool" >/dev/null || skip_all "$tool is not installed"
	done
}

# run EXIT_CODE COMMAND...: what it printed is in $work/out and $work/errors.
run() {
	want=$1
	shift
	exit_code=0
	"$@" >"$work/out" 2>"$work/errors" </dev/null || exit_code=$?
	[ "$exit_code" = "$want" ]
}

# refuses TEXT COMMAND...: exit 2, and one line that holds TEXT.
refuses() {
	text=$1
	shift
	run 2 "$@" && [ "$(wc -l <"$work/errors")" -eq 1 ] && grep -qF -- "$text" "$work/errors"
}

has() { # FILE LINE
	grep -qxF -- "$2" "$1"
}

# Replaced by tests that know what must not be left behind; says on standard output what is.
is_clean() {
	:
}

number=0
answer() { # NAME TEST
	number=$((number + 1))
	: >"$work/out"
	: >"$work/errors"
	exit_code='' reason='' answer=0
	"$2" || answer=$?
	is_clean >"$work/left" || [ "$answer" = 77 ] || answer=1
	case $answer in
	0) echo "ok $number $1" ;;
	77) echo "ok $number $1 # SKIP $reason" ;;
	*)
		echo "not ok $number $1"
		echo "# exit ${exit_code:-none}"
		for file in left errors out; do
			sed 's/^/# /; 40q' "$work/$file"
		done
		;;
	esac
}

finish() {
	echo "1..$number"
}
