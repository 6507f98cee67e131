# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What tests in real guests share: QEMU, a kernel, and a hold on the guest that looprace has started.
# Sourced with the root of the source tree in $1 and the program in $2.

user_cache=${XDG_CACHE_HOME:-}
# shellcheck source=tests/vm/common.sh
. "$1/tests/vm/common.sh"
# shellcheck source=tests/lib/looprace.sh
. "$1/tests/lib/looprace.sh"
needs qemu-system-x86_64 cpio modinfo readelf python3
python3 -c 'import jsonschema' 2>/dev/null || skip_all "python3-jsonschema is not installed"

# find_kernel SERIES: sets kernel, the user's cached one, or fetched as the user's; all else is in our own cache.
# shellcheck disable=SC2154 # vm, work and so on are those of the files above
find_kernel() {
	kernel=$(
		if [ -n "$user_cache" ]; then
			export XDG_CACHE_HOME="$user_cache"
		else
			unset XDG_CACHE_HOME
		fi
		"$vm/fetch-kernel" "$1" 2>"$work/errors"
	) || skip_all "no kernel $1: $(tail -n 1 "$work/errors")"
	kernel=$kernel/vmlinuz
}

# complaints: standard error without the progress lines, of which a busy machine has more.
complaints() {
	grep -v '^[0-9][^ ]* [a-z_]*: ' "$work/errors"
}

# find_qemu: sets qemu, the process of the guest that looprace has started; fails when there is none.
find_qemu() {
	for process in $(processes | sed -n 's,^/proc/\([0-9]*\)/.*,\1,p' | sort -u); do
		name=
		read -r name 2>/dev/null <"/proc/$process/comm" || :
		case $name in
		qemu-system*)
			# shellcheck disable=SC2034 # used by those who source this
			qemu=$process
			return 0
			;;
		esac
	done
	return 1
}
