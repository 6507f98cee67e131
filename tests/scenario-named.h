/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario with names of every kind, for the parser's test and as a seed of its fuzz target.  Sections stand behind the
 * programs that use them, on purpose.
 */
#pragma once

/* clang-format off */
#define NAMED_SCENARIO \
	"[scenario]\n" \
	"rounds = 3\n" \
	"content = tags\n" \
	"backing_size = 2MiB\n" \
	"[worker a]\n" \
	"count = 2\n" \
	"program =\n" \
	"  open target as=d mode=ro exclusive=yes\n" \
	"  bind: set_fd d file=image\n" \
	"  open loop7 as=mine partition=3\n" \
	"  dup mine as=copy\n" \
	"  set_fd d from=copy\n" \
	"[worker b.c]\n" \
	"program =\n" \
	"  after a.bind\n" \
	"  ask: ctl_get_free compat=yes\n" \
	"  open\n" \
	"  clr_fd\n" \
	"  check size on=d\n" \
	"  open_file dir as=mine\n" \
	"  again: after b.c.ask\n" \
	"[backing image]\n" \
	"content = partitions\n" \
	"[backing dir]\n" \
	"kind = directory\n" \
	"[backing small]\n" \
	"size = 512B\n" \
	"[device target]\n" \
	"index = 5\n" \
	"absent = yes\n" \
	"[descriptor d]\n" \
	"shared = yes\n"
/* clang-format on */
