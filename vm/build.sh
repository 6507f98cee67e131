# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What a failed build says: sourced by vm/build-loop and vm/build-kernel, which keep their log in "$work/log".

# The line of the log that tells most: the compiler's first error, or else the first that speaks of one at all.
build_complaint() {
	complaint=$(grep -m 1 -e ' error: ' "$work/log" || grep -m 1 -i -e 'error\|undefined\|not found\|\*\*\*' "$work/log" ||
		tail -n 1 "$work/log")
	printf '%s' "${complaint#"$work"/}"
}
