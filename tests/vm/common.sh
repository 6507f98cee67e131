#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What the tests of vm/ share: made-up kernels and modules, and what all tests in shell share.
# Sourced, with the root of the source tree in $1.

# shellcheck source=tests/lib/tap.sh
. "$1/tests/lib/tap.sh"
# shellcheck disable=SC2034 # used by those who source this
vm=$1/vm
export XDG_CACHE_HOME="$work/cache"

# ---- made-up input

# little_endian VALUE BYTES
little_endian() {
	value=$1 count=$2
	while [ "$count" -gt 0 ]; do
		# shellcheck disable=SC2059 # the format is the byte
		printf "\\$(printf %03o $((value & 255)))"
		value=$((value >> 8)) count=$((count - 1))
	done
}

put() { # FILE OFFSET, bytes from standard input
	dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# make_elf FILE: a small ELF with the note that names a PVH entry point.  Other text in $2 goes in as assembler.
make_elf() {
	printf '%s\n' "${2-.section .note.Xen,\"a\",@note; .long 4, 4, 0x12; .asciz \"Xen\"; .long 0x1000000}" '.text' '.fill 9000, 1, 0x90' |
		as -o "$1" -
}

# make_bzimage FILE RELEASE PAYLOAD [APPENDED_SIZE]: a boot header, 512 bytes of setup, and the payload.
# gzip ends with the unpacked size by itself; other formats get it as four bytes more, as the kernel's build does it.
make_bzimage() {
	payload_size=$(($(stat -c %s "$3") + 0${4:+4}))
	: >"$1"
	truncate -s 1536 "$1"
	cat "$3" >>"$1"
	if [ -n "${4:-}" ]; then
		little_endian "$4" 4 >>"$1"
	fi
	truncate -s $((1536 + (payload_size + 512 + 15) / 16 * 16)) "$1"
	little_endian 1 1 | put "$1" 497
	little_endian $(((payload_size + 512 + 15) / 16)) 4 | put "$1" 500
	printf '\125\252' | put "$1" 510
	printf 'HdrS' | put "$1" 514
	little_endian 527 2 | put "$1" 518
	little_endian 0x240 2 | put "$1" 526
	little_endian 1 2 | put "$1" 566
	little_endian 512 4 | put "$1" 584
	little_endian "$payload_size" 4 | put "$1" 588
	printf '%s (somebody@somewhere) #1 SMP' "$2" | put "$1" 1088
}

# make_module FILE NAME RELEASE [DEPENDS]
make_module() {
	make_elf "$1" ".section .modinfo,\"a\"; .asciz \"name=$2\"; .asciz \"depends=${4:-}\"; .asciz \"vermagic=$3 SMP preempt mod_unload\""
}

# make_kernel DIR RELEASE: vmlinuz and lib/modules, like a fetched one.
make_kernel() {
	mkdir -p "$1/lib/modules/$2/kernel/drivers/block"
	make_elf "$work/elf"
	gzip -c "$work/elf" >"$work/elf.gz"
	make_bzimage "$1/vmlinuz" "$2" "$work/elf.gz"
	make_module "$1/lib/modules/$2/kernel/drivers/block/loop.ko" loop "$2"
	echo kernel/fs/ext4/ext4.ko >"$1/lib/modules/$2/modules.builtin"
}
