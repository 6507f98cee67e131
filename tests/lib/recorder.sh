# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# How far a run has come, read from its flight recorder while it runs; waiting for that is never a matter of time.

# Offsets of struct recorder_header, which is a file format.
recorder_field() { # HISTORY OFFSET
	od -A n -t u4 -j "$2" -N 4 "$1" 2>/dev/null | tr -d ' '
}
is_in_phase() { # HISTORY PHASE...
	history=$1
	shift
	current=$(recorder_field "$history" 84)
	for phase in "$@"; do
		case $phase:$current in formatted:0 | boot:1 | setup:2 | run:3 | drain:4 | teardown:5 | done:6) return 0 ;; esac
	done
	return 1
}
# Its first worker has attached something: there is a record to lose.
has_attached() { # HISTORY
	areas=$(recorder_field "$1" 72)
	[ "${areas:-0}" -gt 0 ] && [ "$(recorder_field "$1" $((areas + 24)))" -gt 0 ]
}
is_asked_to_stop() { # HISTORY
	[ "$(recorder_field "$1" 88)" = 1 ]
}

# wait_for COMMAND...: until it succeeds; a minute is far more than anything needs here, so that only a hang ends it.
wait_for() {
	rounds=600
	until "$@"; do
		rounds=$((rounds - 1))
		if [ "$rounds" -eq 0 ]; then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		sleep 0.1
	done
}
