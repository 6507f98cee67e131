# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the benchmark scripts share: a scratch folder that is always removed, and a prepared kernel.
# Sourced with $source (the source tree) and $build (the build directory) set.

scratch=$(mktemp -d "${TMPDIR:-/tmp}/looprace-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP

# Which kernels: series or paths, separated by blanks.
kernels=${LOOPRACE_BENCH_KERNELS:-6.1 6.12}

# prepare KERNEL: sets $prepared to a folder for vm/boot.
prepare() {
	case $1 in
	*/*) image=$1 ;;
	*) image=$("$source/vm/fetch-kernel" "$1")/vmlinuz ;;
	esac
	prepared=$scratch/kernel-$(printf %s "$1" | tr / _)
	"$source/vm/prepare-kernel" "$image" "$prepared" >/dev/null
	release=$(sed -n 's/^release=//p' "$prepared/kernel.info")
}

# count FILE NAME: a number of verdict.json's counts.
count() {
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["counts"][sys.argv[2]])' "$1" "$2"
}
