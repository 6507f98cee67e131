/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenario files with one thing wrong, and the whole message that a user gets for each.
 *
 * The messages stand here word by word on purpose: they are the only help that a user has, so a change of one of them
 * should be seen in a diff.  A row is BROKEN(what is wrong, file, message); the file's name is always "t.scenario".
 */
#pragma once

#define WORKER "[worker w]\nprogram =\n  attach\n  detach\n"
#define HEAD "[scenario]\nrounds = 1\n"
/* A line of a program, in line 5 from column 3 on. */
#define LINE(text) HEAD "[worker w]\nprogram =\n  " text "\n"
/* A key of [scenario], in line 2 (a second one is there already: rounds in line 5 would be a second end). */
#define KEY(text) "[scenario]\n" text "\nrounds = 1\n" WORKER
#define EXPECT(text) HEAD WORKER "[expect]\n" text "\n"
#define TEN(x) x x x x x x x x x x

/* clang-format off */
#define BROKEN_SCENARIOS(BROKEN) \
	/* files */ \
	BROKEN("empty file", "", "1: there is nothing in the file; begin with [scenario]") \
	BROKEN("only comments", "; a\n# b\n\n", "1: there is nothing in the file; begin with [scenario]") \
	BROKEN("NUL byte", HEAD "[work\0er]\n", "3:6: byte 0x00 is no text; a scenario is a text file in UTF-8") \
	BROKEN("program file", "\x7f" "ELF\2\1\1\0", "1:1: byte 0x7f is no text; a scenario is a text file in UTF-8") \
	BROKEN("other encoding", "# caf\xe9\n" KEY(""), \
	       "1:6: byte 0xe9 is no text; a scenario is a text file in UTF-8") \
	BROKEN("cut character", "# \xe2\x82", "1:3: byte 0xe2 is no text; a scenario is a text file in UTF-8") \
	BROKEN("carriage return inside", "[scenario]\nsum\rmary = x\n", \
	       "2:4: byte 0x0d is no text; a scenario is a text file in UTF-8") \
	BROKEN("garbage in a long line", TEN(TEN("xxxxx")) "\1\n", "1: the line has 501 bytes; at most 196") \
	BROKEN("long line", "[scenario]\nsummary = " TEN(TEN("xy")) "\n", "2: the line has 210 bytes; at most 196") \
	/* sections */ \
	BROKEN("plain text", "hello world\n", "1:1: a line before the first section; begin with [scenario]") \
	BROKEN("key before section", "rounds = 1\n", "1:1: a line before the first section; begin with [scenario]") \
	BROKEN("no [scenario]", WORKER, "1: there is no [scenario]; begin with it") \
	BROKEN("unknown section", "[scenaro]\n", "1:2: unknown section 'scenaro'; did you mean 'scenario'?") \
	BROKEN("strange section", "[global]\n", "1:2: unknown section 'global'; one of scenario, backing, device, descriptor, worker, expect") \
	BROKEN("section without a word", "[ ]\n", "1:3: unknown section ''; one of scenario, backing, device, descriptor, worker, expect") \
	BROKEN("open head", "[scenario\n", "1:1: a section's head without ']'; write it like [scenario]") \
	BROKEN("text behind head", "[scenario] rounds = 1\n", \
	       "1:12: 'rounds = 1' behind a section's head; put it on a line of its own") \
	BROKEN("named [scenario]", "[scenario storm]\n", \
	       "1:11: [scenario] takes no name; the file's name is the scenario's") \
	BROKEN("two [scenario]", HEAD WORKER "[scenario]\nduration = 1s\n", \
	       "7: [scenario] is here twice, first in line 1; put its keys together") \
	BROKEN("empty [scenario]", "[scenario]\n" WORKER, "1: this [scenario] has no keys; fill it or leave it out") \
	BROKEN("empty [expect] at the end", HEAD WORKER "[expect]\n", \
	       "7: this [expect] has no keys; fill it or leave it out") \
	BROKEN("empty [worker]", HEAD "[worker a]\n" WORKER, "3: this [worker] has no keys; fill it or leave it out") \
	/* [scenario] */ \
	BROKEN("no end", "[scenario]\nsummary = x\n" WORKER, \
	       "1: [scenario] does not say when it ends; give duration = 5s or rounds = 1000") \
	BROKEN("duration, then rounds", "[scenario]\nduration = 5s\nrounds = 5\n" WORKER, \
	       "3: both duration and rounds are given; drop rounds, or drop duration to race a number of rounds") \
	BROKEN("rounds, then duration", "[scenario]\nrounds = 5\nduration = 5s\n" WORKER, \
	       "3: both rounds and duration are given; drop duration, or drop rounds to race for a time") \
	BROKEN("unknown key", KEY("durations = 5s"), "2:1: unknown key 'durations'; did you mean 'duration'?") \
	BROKEN("strange key", KEY("colour = red"), \
	       "2:1: unknown key 'colour'; one of summary, needs, duration, rounds, devices, backing_size, content, call_limit, kernel, plant") \
	BROKEN("key of another section", KEY("count = 3"), \
	       "2:1: key 'count' belongs in [worker NAME], not in [scenario]; move it there") \
	BROKEN("key twice", KEY("devices = 4\ndevices = 4"), \
	       "3:1: key 'devices' is given twice, first in line 2; keep one") \
	BROKEN("missing =", KEY("devices 4"), "2:1: no '=' in this line; write key = value") \
	BROKEN("= only in the comment", KEY("devices ; = 4"), "2:1: no '=' in this line; write key = value") \
	BROKEN("colon", KEY("devices: 4"), "2:8: ':' behind a key; write key = value") \
	BROKEN("no key", KEY("= 4"), "2:1: no key before '='; write key = value") \
	BROKEN("no value", KEY("devices ="), "2:1: key 'devices' has no value; write one or leave the key out") \
	BROKEN("value is a comment", KEY("devices = ; four"), \
	       "2:1: key 'devices' has no value; write one or leave the key out") \
	BROKEN("indented key", KEY("summary = x\n  devices = 4"), \
	       "3:3: an indented line goes on with the key before it, but 'summary' has one line; begin a key in the first column") \
	BROKEN("duration without unit", KEY("call_limit = 5"), \
	       "2:14: '5' has no unit; write a number with its unit, such as 500us") \
	BROKEN("bare 0", KEY("call_limit = 0"), "2:14: '0' has no unit; write a number with its unit, such as 500us") \
	BROKEN("no time", "[scenario]\nduration = 0s\n" WORKER, \
	       "2:12: 0s is no time at all; write more than 0, such as 5s") \
	BROKEN("unknown unit of time", KEY("call_limit = 5sec"), \
	       "2:15: unknown unit 'sec'; one of ns, us, ms, s, min, h") \
	BROKEN("misspelt unit", KEY("call_limit = 5mins"), "2:15: unknown unit 'mins'; did you mean 'min'?") \
	BROKEN("fraction", KEY("call_limit = 1.5s"), \
	       "2:14: '1.5s' is not a whole number; use a smaller unit, such as 500us") \
	BROKEN("blank before unit", KEY("call_limit = 5 s"), \
	       "2:14: '5 s' has a blank in it; write the unit directly behind the number, such as 500us") \
	BROKEN("negative time", KEY("call_limit = -5s"), \
	       "2:14: '-5s' is no time; write a number with its unit, such as 500us") \
	BROKEN("time overflows the number", KEY("call_limit = 99999999999999999999s"), \
	       "2:14: '99999999999999999999s' is too big; at most 9223372036854775807ns") \
	BROKEN("time overflows by its unit", KEY("call_limit = 9223372036854775807s"), \
	       "2:14: '9223372036854775807s' is too big; at most 9223372036854775807ns") \
	BROKEN("size without unit", KEY("backing_size = 4096"), \
	       "2:16: '4096' has no unit; write a number with its unit, such as 64KiB") \
	BROKEN("decimal size unit", KEY("backing_size = 1MB"), "2:17: unknown unit 'MB'; did you mean 'MiB'?") \
	BROKEN("no size", KEY("backing_size = big"), \
	       "2:16: 'big' is no size; write a number with its unit, such as 64KiB") \
	BROKEN("size too small", KEY("backing_size = 0B"), "2:16: 0B is out of range; from 512B to 1024GiB") \
	BROKEN("size too big", KEY("backing_size = 1025GiB"), "2:16: 1025GiB is out of range; from 512B to 1024GiB") \
	BROKEN("no rounds", "[scenario]\nrounds = 0\n" WORKER, "2:10: 0 is out of range; from 1 to 1000000000") \
	BROKEN("rounds with unit", "[scenario]\nrounds = 5s\n" WORKER, \
	       "2:10: '5s' is no number; write a whole number from 1 to 1000000000") \
	BROKEN("rounds overflow", "[scenario]\nrounds = 18446744073709551617\n" WORKER, \
	       "2:10: 18446744073709551617 is out of range; from 1 to 1000000000") \
	BROKEN("hexadecimal", KEY("devices = 0x10"), "2:11: '0x10' is no number; write a whole number from 1 to 1024") \
	BROKEN("too many devices", KEY("devices = 1025"), "2:11: 1025 is out of range; from 1 to 1024") \
	BROKEN("unknown need", KEY("needs = loop_contol"), \
	       "2:9: unknown need 'loop_contol'; did you mean 'loop_control'?") \
	BROKEN("second need unknown", KEY("needs = loop_control, kvm"), \
	       "2:23: unknown need 'kvm'; one of loop_control, loop_configure, loop_module, io_uring, ia32, ext4, diskseq, fault_injection") \
	BROKEN("need twice", KEY("needs = loop_control loop_control"), \
	       "2:22: need 'loop_control' is given twice; keep one") \
	BROKEN("only a comma", KEY("needs = ,"), "2: 'needs' names nothing; name something or leave it out") \
	BROKEN("unknown kernel", KEY("kernel = linux"), \
	       "2:10: unknown kernel 'linux'; one of real, model") \
	/* [worker] */ \
	BROKEN("no workers", HEAD, "2: there are no workers; add [worker NAME] with a program") \
	BROKEN("no name", HEAD "[worker]\n", "3: the workers have no name; write [worker NAME]") \
	BROKEN("name with blank", HEAD "[worker a b]\n", \
	       "3:10: a name of workers has letters, digits, '_', '-' and '.'; not 'a b'") \
	BROKEN("name too long", HEAD "[worker " TEN("1234567") "]\n", "3:9: the name has 70 bytes; at most 63") \
	BROKEN("name one byte too long", HEAD "[worker " TEN("123456") "1234]\n", "3:9: the name has 64 bytes; at most 63") \
	BROKEN("same name", HEAD WORKER WORKER, \
	       "7:9: [worker w] is here twice, first in line 3; give it another name") \
	BROKEN("no program", HEAD "[worker w]\ncount = 2\n", \
	       "3: [worker w] has no program; write program = and, indented, one operation a line") \
	BROKEN("program of zero lines", HEAD "[worker w]\nprogram =\n\n  ; nothing\n", \
	       "3: [worker w] has no program; write program = and, indented, one operation a line") \
	BROKEN("zero workers", HEAD "[worker w]\ncount = 0\n", "4:9: 0 is out of range; from 1 to 1024") \
	BROKEN("minus one worker", HEAD "[worker w]\ncount = -1\n", \
	       "4:9: '-1' is no number; write a whole number from 1 to 1024") \
	BROKEN("too many workers", HEAD "[worker w]\ncount = 1025\n", "4:9: 1025 is out of range; from 1 to 1024") \
	BROKEN("too many workers together", HEAD "[worker a]\nprogram = attach\ncount = 1000\n[worker b]\ncount = 25\nprogram = attach\n", \
	       "7: 1025 workers up to here; at most 1024 in all groups together") \
	BROKEN("one worker too many", HEAD "[worker a]\nprogram = attach\ncount = 1024\n[worker b]\nprogram = attach\n", \
	       "6: 1025 workers up to here; at most 1024 in all groups together") \
	BROKEN("unknown align", HEAD "[worker w]\nalign = barier\n", \
	       "4:9: unknown align 'barier'; did you mean 'barrier'?") \
	BROKEN("operation not indented", HEAD "[worker w]\nprogram =\ndetach\n", \
	       "5:1: an operation that is not indented; put blanks before the lines of a program") \
	BROKEN("operation with = not indented", HEAD "[worker w]\nprogram =\nattach api=auto\n", \
	       "5:1: an operation that is not indented; put blanks before the lines of a program") \
	/* operations */ \
	BROKEN("unknown operation", LINE("attakh"), "5:3: unknown operation 'attakh'; did you mean 'attach'?") \
	BROKEN("swapped letters", LINE("dteach"), "5:3: unknown operation 'dteach'; did you mean 'detach'?") \
	BROKEN("capitals", LINE("ATTACH"), "5:3: unknown operation 'ATTACH'; did you mean 'attach'?") \
	BROKEN("strange operation", LINE("explode now"), \
	       "5:3: unknown operation 'explode'; see looprace list operations") \
	BROKEN("section inside a program", LINE("attach\n  [expect]"), \
	       "6:3: unknown operation '[expect]'; see looprace list operations") \
	BROKEN("unknown argument", LINE("attach polcy=none"), \
	       "5:10: unknown argument 'polcy'; did you mean 'policy'?") \
	BROKEN("strange argument", LINE("fault panic when=now"), "5:15: unknown argument 'when'; only round") \
	BROKEN("argument of an operation without", LINE("detach lazy=yes"), \
	       "5:10: unknown argument 'lazy'; detach takes none") \
	BROKEN("word for an operation without", LINE("detach now"), "5:10: unknown argument 'now'; detach takes none") \
	BROKEN("named argument of hold", LINE("hold for=5us"), \
	       "5:8: unknown argument 'for'; hold takes only its time, written bare: hold 0us") \
	BROKEN("bare argument with its name", LINE("check what=identity"), \
	       "5:9: what has a name here; write its value bare: check identity") \
	BROKEN("bare word", LINE("attach containerd"), \
	       "5:10: unknown argument 'containerd'; one of policy, api, read_only, autoclear, direct_io, partition_scan, offset, size_limit, block_size, tries, budget") \
	BROKEN("argument without value", LINE("attach policy"), \
	       "5:10: argument 'policy' has no value; write policy=full_jitter, without blanks") \
	BROKEN("argument with empty value", LINE("attach policy="), \
	       "5:10: argument 'policy' has no value; write policy=full_jitter, without blanks") \
	BROKEN("blanks around =", LINE("attach policy = none"), \
	       "5:10: argument 'policy' has no value; write policy=full_jitter, without blanks") \
	BROKEN("no name before =", LINE("attach =none"), "5:10: no name before '='; write name=value, without blanks") \
	BROKEN("argument twice", LINE("attach api=auto policy=none api=auto"), "5:31: 'api' is given twice; keep one") \
	BROKEN("bare argument twice", LINE("hold 1us 2us"), "5:12: 'time' is given twice; keep one") \
	BROKEN("comment with #", LINE("detach # done"), \
	       "5:10: '#' begins a comment only at the start of a line; behind something, begin it with ';'") \
	BROKEN("unknown policy", LINE("attach policy=fulljitter"), \
	       "5:17: unknown policy 'fulljitter'; did you mean 'full_jitter'?") \
	BROKEN("strange policy", LINE("attach policy=exponential"), \
	       "5:17: unknown policy 'exponential'; one of full_jitter, containerd, none") \
	BROKEN("unknown api", LINE("attach api=ioctl"), "5:14: unknown api 'ioctl'; one of auto, configure, set_fd") \
	BROKEN("no bool", LINE("attach autoclear=1"), "5:20: unknown word '1'; one of no, yes") \
	BROKEN("size argument without unit", LINE("attach offset=512"), \
	       "5:17: '512' has no unit; write a number with its unit, such as 64KiB") \
	BROKEN("time argument without unit", LINE("attach budget=0"), \
	       "5:17: '0' has no unit; write a number with its unit, such as 500us") \
	BROKEN("count with unit", LINE("attach tries=5s"), \
	       "5:16: '5s' is no number; write a whole number without a unit") \
	BROKEN("count over 32 bits", LINE("attach tries=4294967296"), \
	       "5:16: '4294967296' is too big; at most 4294967295") \
	BROKEN("block size over 32 bits", LINE("attach block_size=4GiB"), \
	       "5:21: '4GiB' is no block_size for attach; at most 4294967295B") \
	BROKEN("unknown check", LINE("check both"), \
	       "5:9: unknown check 'both'; one of identity, sysfs, size, block_size, diskseq, read_only, partitions, all") \
	BROKEN("hold without unit", LINE("hold 5"), \
	       "5:8: '5' has no unit; write a number with its unit, such as 500us") \
	BROKEN("reverse range", LINE("hold 500us..0us"), \
	       "5:8: the range '500us..0us' runs backwards; write 0us..500us") \
	BROKEN("range without unit", LINE("hold 0..500"), \
	       "5:11: '500' has no unit; write a number with its unit, such as 500us") \
	BROKEN("range without end", LINE("hold 5us.."), \
	       "5:13: '' is no time; write a number with its unit, such as 500us") \
	BROKEN("range without start", LINE("hold ..5us"), \
	       "5:8: '' is no time; write a number with its unit, such as 500us") \
	BROKEN("three dots", LINE("hold 1...5us"), \
	       "5:11: '.5us' is no time; write a number with its unit, such as 500us") \
	BROKEN("unknown fault", LINE("fault panick"), "5:9: unknown fault 'panick'; did you mean 'panic'?") \
	BROKEN("0th failure", LINE("inject fail_nth value=0"), "5:25: '0' is no value for inject; from 1 to 1000") \
	BROKEN("failures backwards", LINE("inject fail_nth value=3..1"), \
	       "5:25: the range '3..1' runs backwards; write 1..3") \
	BROKEN("range of no numbers", LINE("inject fail_nth value=1..x"), \
	       "5:28: 'x' is no number; write a whole number without a unit") \
	BROKEN("everything fails", LINE("inject failslab value=1..91"), \
	       "5: value is a percentage here, at most 90: what must not fail is tried again until it does not") \
	BROKEN("unknown injection", LINE("inject fail_slab"), "5:10: unknown injection 'fail_slab'; did you mean 'failslab'?") \
	BROKEN("round 0", LINE("fault panic round=0"), "5:21: '0' is no round for fault; rounds count from 1") \
	/* arguments that go into the kernel as they are */ \
	BROKEN("no mode", LINE("open loop0 mode=rx"), "5:19: unknown mode 'rx'; one of rw, ro, wo") \
	BROKEN("no layout", LINE("get_status attached layout=old"), "5:30: unknown layout 'old'; one of info64, info") \
	BROKEN("no pointer", LINE("get_status attached pointer=nul"), "5:31: unknown pointer 'nul'; did you mean 'null'?") \
	BROKEN("no number", LINE("ctl_add five"), "5:11: 'five' is no number; write one such as 5, -1 or 0x4c7f") \
	BROKEN("only a sign", LINE("ctl_add -"), "5:11: '-' is no number; write one such as 5, -1 or 0x4c7f") \
	BROKEN("two signs", LINE("ctl_add --1"), "5:11: '--1' is no number; write one such as 5, -1 or 0x4c7f") \
	BROKEN("negative hexadecimal", LINE("ctl_add -0x1"), \
	       "5:11: '-0x1' is no number; write one such as 5, -1 or 0x4c7f") \
	BROKEN("only 0x", LINE("ctl_add 0x"), "5:11: '0x' is no number; write one such as 5, -1 or 0x4c7f") \
	BROKEN("number over 63 bits", LINE("ctl_add 9223372036854775808"), \
	       "5:11: '9223372036854775808' is too big; from -9223372036854775807 to 9223372036854775807, or 0x... of 64 bits") \
	BROKEN("hexadecimal over 64 bits", LINE("ctl_add 0x10000000000000000"), \
	       "5:11: '0x10000000000000000' is too big; from -9223372036854775807 to 9223372036854775807, or 0x... of 64 bits") \
	BROKEN("size over 64 bits", LINE("attach offset=0x10000000000000000"), \
	       "5:17: '0x10000000000000000' is too big; at most 0xffffffffffffffff") \
	BROKEN("size of strange digits", LINE("attach offset=0x1KiB"), \
	       "5:17: '0x1KiB' is no size; write 0x and hexadecimal digits, or 64KiB") \
	BROKEN("block size of configure over 32 bits", LINE("configure block_size=0x100000000"), \
	       "5:24: '0x100000000' is no block_size for configure; at most 4294967295B") \
	BROKEN("flags over 32 bits", LINE("set_status flags=0x100000000"), \
	       "5:20: '0x100000000' is no flags for set_status; from 0 to 0xffffffff") \
	BROKEN("negative flags", LINE("configure flags=-1"), \
	       "5:19: '-1' is no flags for configure; from 0 to 0xffffffff") \
	BROKEN("request over 32 bits", LINE("ioctl request=0x100000000"), \
	       "5:17: '0x100000000' is no request for ioctl; from 0 to 0xffffffff") \
	BROKEN("partition over 8 bits", LINE("open loop0 partition=256"), \
	       "5:24: '256' is no partition for open; from 0, the whole device, to 255") \
	BROKEN("number of a partition over 8 bits", LINE("partition_delete number=256"), \
	       "5:27: '256' is no number for partition_delete; from 0 to 255") \
	BROKEN("half a block", LINE("read length=100B"), \
	       "5:15: '100B' is no length for read; from 512B to 1MiB, a multiple of 512B") \
	BROKEN("nothing to write", LINE("write length=0B"), \
	       "5:16: '0B' is no length for write; from 512B to 1MiB, a multiple of 512B") \
	BROKEN("too much to load", LINE("load length=2MiB"), \
	       "5:15: '2MiB' is no length for load; from 512B to 1MiB, a multiple of 512B") \
	BROKEN("between two blocks", LINE("store at=0x101"), "5:12: '0x101' is no at for store; a multiple of 512B") \
	BROKEN("between two pages", LINE("map at=512B"), "5:10: '512B' is no at for map; a multiple of 4KiB") \
	BROKEN("empty mapping", LINE("map length=0B"), "5:14: '0B' is no length for map; from 1B to 1GiB") \
	BROKEN("file of 2 TiB", LINE("truncate size=2048GiB"), \
	       "5:17: '2048GiB' is no size for truncate; from 0B to 1024GiB") \
	BROKEN("file and from", LINE("set_fd attached file=own from=attached"), \
	       "5: both file and from are given; keep the one to bind") \
	BROKEN("node of a partition", LINE("open loop0 own_node=yes partition=1"), \
	       "5: a node of our own leads to the whole device; drop own_node or partition") \
	BROKEN("old layout with a limit", LINE("set_status layout=info size_limit=1KiB"), \
	       "5: layout=info has no room for size_limit; drop it, or write layout=info64") \
	BROKEN("old layout with a long offset", LINE("set_status offset=0x100000000 layout=info"), \
	       "5: layout=info has 32 bits for offset; at most 0xffffffff, or write layout=info64") \
	/* names of descriptors */ \
	BROKEN("default descriptor that nobody opens", LINE("read"), \
	       "5: read without a name means the descriptor 'device', which nothing in [worker w] makes; name one that an open has after as=") \
	BROKEN("descriptor that nobody opens", LINE("open loop0 as=d\n  clr_fd e"), \
	       "6:10: nothing in [worker w] makes the descriptor 'e'; add an open with as=e") \
	BROKEN("descriptor of another group", LINE("open loop0 as=d\n[worker v]\nprogram =\n  clr_fd d"), \
	       "8:10: nothing in [worker v] makes the descriptor 'd'; add an open with as=d") \
	BROKEN("shared descriptor that nobody opens", LINE("detach\n[descriptor d]\nshared = yes"), \
	       "6: no program makes the descriptor 'd'; add an open with as=d to one") \
	BROKEN("shared descriptor that is only used", LINE("clr_fd d\n[descriptor d]\nshared = yes"), \
	       "5:10: nothing in [worker w] makes the descriptor 'd'; add an open with as=d") \
	BROKEN("attached without attach", LINE("check identity"), \
	       "5: 'attached' is the device of an attach, and [worker w] has none; add an attach, or name another descriptor") \
	BROKEN("attached by name without attach", LINE("read attached"), \
	       "5:8: 'attached' is the device of an attach, and [worker w] has none; add an attach, or name another descriptor") \
	BROKEN("opened as attached", LINE("open loop0 as=attached"), \
	       "5:17: 'attached' has a meaning of its own; choose another name") \
	BROKEN("opened as none", LINE("open loop0 as=none"), \
	       "5:17: 'none' has a meaning of its own; choose another name") \
	BROKEN("strange name of a descriptor", LINE("open loop0 as=a/b"), \
	       "5:18: a name of a descriptor has letters, digits, '_', '-' and '.'; not 'a/b'") \
	BROKEN("long name of a descriptor", LINE("open loop0 as=" TEN("1234567")), "5:17: the name has 70 bytes; at most 63") \
	BROKEN("none where there must be one", LINE("read none"), \
	       "5:8: nothing in [worker w] makes the descriptor 'none'; add an open with as=none") \
	/* names of files and devices */ \
	BROKEN("unknown backing file", LINE("truncate imag\n[backing image]\nkind = file"), \
	       "5:12: unknown backing file 'imag'; did you mean 'image'?") \
	BROKEN("no backing file but own", LINE("truncate image"), "5:12: unknown backing file 'image'; only own") \
	BROKEN("unknown device", LINE("open target"), "5:8: unknown device 'target'; one of got, loopN") \
	BROKEN("misspelt device", LINE("open targit\n[device target]\nindex = 3"), \
	       "5:8: unknown device 'targit'; did you mean 'target'?") \
	BROKEN("loopN by that name", LINE("open loopN"), "5:8: unknown device 'loopN'; write N as a number, such as loop0") \
	BROKEN("device with a zero before", LINE("open loop07"), "5:8: unknown device 'loop07'; one of got, loopN") \
	BROKEN("device over the minors", LINE("open loop1048576"), \
	       "5:8: 'loop1048576' is too big; at most loop1048575") \
	BROKEN("default device without ctl_get_free", LINE("open"), \
	       "5: 'got' is what ctl_get_free returned, and [worker w] does not ask it; name a device, such as loop0") \
	BROKEN("got without ctl_get_free", LINE("mount got"), \
	       "5:9: 'got' is what ctl_get_free returned, and [worker w] does not ask it; name a device, such as loop0") \
	/* labels */ \
	BROKEN("label without operation", LINE("bind:"), \
	       "5:7: no operation behind the label; write it on the same line") \
	BROKEN("label without name", LINE(": detach"), "5:3: a label has no name; write one") \
	BROKEN("label without blank", LINE("bind:detach"), "5:8: no blank behind the label; write 'bind: detach'") \
	BROKEN("label with dot", LINE("a.b: detach"), "5:4: a name of a label has letters, digits, '_' and '-'; not 'a.b'") \
	BROKEN("unknown operation behind a label", LINE("bind: detatch"), \
	       "5:9: unknown operation 'detatch'; did you mean 'detach'?") \
	BROKEN("label twice", LINE("a: detach\n  a: detach"), \
	       "6:3: label 'a' is here twice, first in line 5; give it another name") \
	BROKEN("label not indented", HEAD "[worker w]\nprogram =\na: detach\n", \
	       "5:1: an operation that is not indented; put blanks before the lines of a program") \
	BROKEN("after nothing", LINE("after"), "5: after does not say for what; write after GROUP.LABEL") \
	BROKEN("after a group", LINE("after w"), "5:9: 'w' is no line of a program; write GROUP.LABEL") \
	BROKEN("after a dot", LINE("after w."), "5:9: 'w.' is no line of a program; write GROUP.LABEL") \
	BROKEN("after a label alone", LINE("after .a"), "5:9: '.a' is no line of a program; write GROUP.LABEL") \
	BROKEN("after an unknown group", LINE("a: detach\n  after v.a"), "6:9: unknown group of workers 'v'; only w") \
	BROKEN("after an unknown label", LINE("bind: detach\n  after w.bond"), \
	       "6:11: unknown label 'bond'; did you mean 'bind'?") \
	BROKEN("after a label of another group", \
	       LINE("x: detach\n[worker v]\nprogram =\n  bind: detach\n  after w.bind"), \
	       "9:11: unknown label 'bind'; only x") \
	BROKEN("after a label of a group without", LINE("after w.a"), \
	       "5:11: [worker w] has no labels; write one before a line of its program, such as 'a: check'") \
	BROKEN("after itself", LINE("a: after w.a"), "5: this waits for itself; wait for a line that comes before") \
	BROKEN("after a later line of its own", LINE("after w.a\n  a: detach"), \
	       "5: this waits for its own group's line 6, which comes later; wait for one that comes before") \
	BROKEN("two groups wait for each other", \
	       LINE("after v.b\n  a: detach\n[worker v]\nprogram =\n  after w.a\n  b: detach"), \
	       "5: this wait can never end: before v.b, line 9 of [worker v] waits in turn; break the circle") \
	BROKEN("three groups wait in a circle", \
	       LINE("after v.b\n  a: detach\n[worker v]\nprogram =\n  after u.c\n  b: detach\n" \
		    "[worker u]\nprogram =\n  after w.a\n  c: detach"), \
	       "5: this wait can never end: before v.b, line 9 of [worker v] waits in turn; break the circle") \
	/* [backing], [device], [descriptor], plant */ \
	BROKEN("backing without name", HEAD "[backing]\n", "3: this [backing] has no name; write [backing NAME]") \
	BROKEN("backing of its own", HEAD "[backing own]\n", \
	       "3:10: 'own' has a meaning of its own; choose another name") \
	BROKEN("strange name of a backing", HEAD "[backing a/b]\n", \
	       "3:11: a name of a backing has letters, digits, '_', '-' and '.'; not 'a/b'") \
	BROKEN("backing twice", HEAD "[backing a]\nkind = file\n[backing a]\n", \
	       "5:10: [backing a] is here twice, first in line 3; give it another name") \
	BROKEN("backing without keys", HEAD "[backing a]\n" WORKER, \
	       "3: this [backing] has no keys; fill it or leave it out") \
	BROKEN("unknown kind", HEAD "[backing a]\nkind = socket\n", \
	       "4:8: unknown kind 'socket'; one of file, directory, character, pipe, proc, closed") \
	BROKEN("unknown content", KEY("content = zeroes"), "2:11: unknown content 'zeroes'; did you mean 'zeros'?") \
	BROKEN("unknown content of a backing", HEAD "[backing a]\ncontent = xfs\n", \
	       "4:11: unknown content 'xfs'; one of zeros, tags, partitions, ext4") \
	BROKEN("size of a backing", HEAD "[backing a]\nsize = 1B\n", \
	       "4:8: 1B is out of range; from 512B to 1024GiB") \
	BROKEN("no room for partitions", HEAD "[backing a]\ncontent = partitions\nsize = 191KiB\n" WORKER, \
	       "3: content = partitions does not fit into 195584B; at least 192KiB") \
	BROKEN("no room for ext4", KEY("content = ext4\nbacking_size = 512KiB"), \
	       "1: content = ext4 does not fit into 524288B; at least 1024KiB") \
	BROKEN("tags all over", HEAD "[backing a]\ncontent = tags\nsize = 65MiB\n" WORKER, \
	       "3: content = tags would be written to all of 65MiB; at most 64MiB, or content = zeros") \
	BROKEN("directory of a size", HEAD "[backing a]\nkind = directory\nsize = 1KiB\n" WORKER, \
	       "3: [backing a] is no regular file; drop its content and size") \
	BROKEN("pipe of tags", HEAD "[backing a]\ncontent = tags\nkind = pipe\n" WORKER, \
	       "3: [backing a] is no regular file; drop its content and size") \
	BROKEN("device without name", HEAD "[device]\n", "3: this [device] has no name; write [device NAME]") \
	BROKEN("device got", HEAD "[device got]\n", "3:9: 'got' has a meaning of its own; choose another name") \
	BROKEN("device named by its number", HEAD "[device loop7]\n", \
	       "3:9: 'loop7' always means /dev/loop7; choose another name, or use it without a section") \
	BROKEN("device twice", HEAD "[device a]\nindex = 3\n[device a]\n", \
	       "5:9: [device a] is here twice, first in line 3; give it another name") \
	BROKEN("index twice", HEAD "[device a]\nindex = 3\n[device b]\nindex = 3\n", \
	       "6:9: [device a] has this index already; use that one, or choose another number") \
	BROKEN("no index", HEAD "[device a]\nabsent = yes\n" WORKER, \
	       "3: [device a] has no index; write index = N, of /dev/loopN") \
	BROKEN("index over the minors", HEAD "[device a]\nindex = 1048576\n", \
	       "4:9: '1048576' is no number of a loop device; write a whole number from 0 to 1048575") \
	BROKEN("index by name", HEAD "[device a]\nindex = loop3\n", \
	       "4:9: 'loop3' is no number of a loop device; write a whole number from 0 to 1048575") \
	BROKEN("absent perhaps", HEAD "[device a]\nabsent = maybe\n", "4:10: unknown word 'maybe'; one of no, yes") \
	BROKEN("descriptor without name", HEAD "[descriptor]\n", \
	       "3: this [descriptor] has no name; write [descriptor NAME]") \
	BROKEN("descriptor attached", HEAD "[descriptor attached]\n", \
	       "3:13: 'attached' has a meaning of its own; choose another name") \
	BROKEN("descriptor twice", HEAD "[descriptor a]\nshared = yes\n[descriptor a]\n", \
	       "5:13: [descriptor a] is here twice, first in line 3; give it another name") \
	BROKEN("descriptor that is not shared", HEAD "[descriptor a]\nshared = no\n", \
	       "4:10: a descriptor that is not shared needs no section; drop this one, or write yes") \
	BROKEN("unknown plant", KEY("plant = unchecked_bnd"), "2:9: unknown fault 'unchecked_bnd'; did you mean 'unchecked_bind'?") \
	BROKEN("planted in the real kernel", KEY("plant = unchecked_bind"), \
	       "2: only the model kernel has planted faults; add kernel = model, or drop plant") \
	/* [expect] */ \
	BROKEN("known bug without name", EXPECT("known_bug = uevents"), \
	       "8:13: cannot read 'uevents'; write RULE at GROUP.LABEL: NAME OF THE BUG, or none") \
	BROKEN("known bug of an empty name", EXPECT("known_bug = uevents:"), \
	       "8:20: the bug has no name; write it behind the ':'") \
	BROKEN("known bug of a long name", EXPECT("known_bug = uevents: " TEN("1234567890")), \
	       "8:22: the name has 100 bytes; at most 95") \
	BROKEN("known bug at nothing", EXPECT("known_bug = uevents at: B3"), \
	       "8:13: cannot read 'uevents at: B3'; write RULE at GROUP.LABEL: NAME OF THE BUG, or none") \
	BROKEN("known bug near something", EXPECT("known_bug = uevents near w.a: B3"), \
	       "8:13: cannot read 'uevents near w.a: B3'; write RULE at GROUP.LABEL: NAME OF THE BUG, or none") \
	BROKEN("known bug of no rule", EXPECT("known_bug = none: B3"), \
	       "8:13: cannot read 'none: B3'; write RULE at GROUP.LABEL: NAME OF THE BUG, or none") \
	BROKEN("known bug of a strange rule", EXPECT("known_bug = B3: data"), \
	       "8:13: 'B3' is no name of a rule; write one of looprace list rules, or none") \
	BROKEN("known bug at an unknown label", EXPECT("known_bug = data at w.a: B3"), \
	       "8:23: [worker w] has no labels; write one before a line of its program, such as 'a: check'") \
	BROKEN("known bug at no label", EXPECT("known_bug = data at w: B3"), \
	       "8:21: 'w' is no line of a program; write GROUP.LABEL") \
	BROKEN("known bug and none", EXPECT("known_bug = data: B3\nknown_bug = none"), \
	       "9: these kernels have a known_bug of this rule and place, or none, in line 8; keep one") \
	BROKEN("known bug twice", EXPECT("known_bug = data: B3\nknown_bug = data: B4"), \
	       "9: these kernels have a known_bug of this rule and place, or none, in line 8; keep one") \
	BROKEN("shortened expectation", EXPECT("lost_try = 1"), \
	       "8:1: unknown key 'lost_try'; did you mean 'lost_tries'?") \
	BROKEN("strange expectation", EXPECT("verdict = PASS"), \
	       "8:1: unknown key 'verdict'; one of lost_tries, attaches, injected, gave_up, violation, known_bug") \
	BROKEN("misspelt expectation", EXPECT("gaveup = 0"), "8:1: unknown key 'gaveup'; did you mean 'gave_up'?") \
	BROKEN("expectation twice", EXPECT("gave_up = 0\ngave_up = any"), \
	       "9:1: key 'gave_up' is given twice, first in line 8; keep one") \
	BROKEN("greater than", EXPECT("lost_tries = > 1"), \
	       "8:14: cannot compare with '> 1'; write N, >= N, <= N or any") \
	BROKEN("compare with nothing", EXPECT("lost_tries = >="), \
	       "8:14: cannot compare with '>='; write N, >= N, <= N or any") \
	BROKEN("expectation overflows", EXPECT("attaches = >= 9223372036854775808"), \
	       "8:15: '9223372036854775808' is too big; at most 9223372036854775807") \
	BROKEN("no rule", EXPECT("violation = >= 1"), \
	       "8:13: '>= 1' is no name of a rule; write one of looprace list rules, or none") \
	BROKEN("long rule", EXPECT("violation = " TEN("rule") ), \
	       "8:13: 'rulerulerulerulerulerulerulerulerulerule' is too long for a rule; write one of looprace list rules, or none") \
	BROKEN("two [expect]", EXPECT("gave_up = 0\n[expect]\nattaches = 1"), \
	       "9: this [expect] is here twice, first in line 7; put its keys together") \
	BROKEN("two [expect] of one kernel", \
	       EXPECT("gave_up = 0\n[expect kernel >= 6.11]\ngave_up = any\n[expect kernel>=6.11]\nattaches = 1"), \
	       "11: this [expect] is here twice, first in line 9; put its keys together") \
	BROKEN("unknown condition", HEAD WORKER "[expect machine = arm]\n", \
	       "7:9: unknown condition 'machine = arm'; write [expect], [expect kernel >= 6.11] or [expect kernel >= 6.11, < 7.2]") \
	BROKEN("unknown comparison of kernels", HEAD WORKER "[expect kernel ~ 6.11]\n", \
	       "7:16: '~ 6.11' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117") \
	BROKEN("condition of nothing", HEAD WORKER "[expect kernel]\n", \
	       "7:9: unknown condition 'kernel'; write [expect], [expect kernel >= 6.11] or [expect kernel >= 6.11, < 7.2]") \
	BROKEN("kernel between nothing and something", HEAD WORKER "[expect kernel , < 6.1]\n", \
	       "7:16: '' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117") \
	BROKEN("comma at the end", HEAD WORKER "[expect kernel < 6.1, ]\n", \
	       "7:21: nothing behind the comma; add a condition or drop it") \
	BROKEN("no kernel is meant", HEAD WORKER "[expect kernel >= 6.11, < 6.11]\n", \
	       "7:9: no kernel is in 'kernel >= 6.11, < 6.11'; turn a condition round or drop one") \
	BROKEN("two kernels at once", HEAD WORKER "[expect kernel 5.10, 6.1]\n", \
	       "7:9: no kernel is in 'kernel 5.10, 6.1'; turn a condition round or drop one") \
	BROKEN("kernel without minor", HEAD WORKER "[expect kernel >= 6]\n", \
	       "7:19: '6' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117") \
	BROKEN("kernel of four numbers", HEAD WORKER "[expect kernel >= 6.1.5.3]\n", \
	       "7:19: '6.1.5.3' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117") \
	BROKEN("kernel that ends in a dot", HEAD WORKER "[expect kernel >= 6.1.]\n", \
	       "7:19: '6.1.' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117") \
	BROKEN("kernel number too big", HEAD WORKER "[expect kernel >= 6.1000]\n", \
	       "7:19: '6.1000' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117") \
	BROKEN("kernel of nothing", HEAD WORKER "[expect kernel >= ]\n", \
	       "7:18: '' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117") \
	BROKEN("kernel 0.0", HEAD WORKER "[expect kernel >= 0.0]\n", \
	       "7:19: '0.0' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117")
/* clang-format on */
