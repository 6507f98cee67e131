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
	BROKEN("strange section", "[global]\n", "1:2: unknown section 'global'; one of scenario, worker, expect") \
	BROKEN("section without a word", "[ ]\n", "1:3: unknown section ''; one of scenario, worker, expect") \
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
	       "2:1: unknown key 'colour'; one of summary, needs, duration, rounds, devices, backing_size, call_limit, kernel") \
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
	       "2:23: unknown need 'kvm'; one of loop_control, loop_configure, loop_module") \
	BROKEN("need twice", KEY("needs = loop_control loop_control"), \
	       "2:22: need 'loop_control' is given twice; keep one") \
	BROKEN("only a comma", KEY("needs = ,"), "2: 'needs' names nothing; name something or leave it out") \
	BROKEN("unknown kernel", KEY("kernel = linux"), \
	       "2:10: unknown kernel 'linux'; one of real, model, model_unchecked") \
	/* [worker] */ \
	BROKEN("no workers", HEAD, "2: there are no workers; add [worker NAME] with a program") \
	BROKEN("no name", HEAD "[worker]\n", "3: the workers have no name; write [worker NAME]") \
	BROKEN("name with blank", HEAD "[worker a b]\n", \
	       "3:10: a name of workers has letters, digits, '_', '-' and '.'; not 'a b'") \
	BROKEN("name too long", HEAD "[worker " TEN("1234567") "]\n", "3:9: the name has 70 bytes; at most 63") \
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
	       "5:3: unknown operation 'explode'; one of attach, detach, close, check, hold, fault") \
	BROKEN("section inside a program", LINE("attach\n  [expect]"), \
	       "6:3: unknown operation '[expect]'; one of attach, detach, close, check, hold, fault") \
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
	       "5:21: '4GiB' is too big for a block size; at most 4294967295B") \
	BROKEN("unknown check", LINE("check size"), "5:9: unknown check 'size'; only identity") \
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
	BROKEN("round 0", LINE("fault panic round=0"), "5:21: there is no round 0; rounds count from 1") \
	/* [expect] */ \
	BROKEN("shortened expectation", EXPECT("lost_try = 1"), \
	       "8:1: unknown key 'lost_try'; did you mean 'lost_tries'?") \
	BROKEN("strange expectation", EXPECT("verdict = PASS"), \
	       "8:1: unknown key 'verdict'; one of lost_tries, attaches, gave_up, violation") \
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
	       "7:9: unknown condition 'machine = arm'; write [expect] or [expect kernel >= 6.11]") \
	BROKEN("unknown comparison of kernels", HEAD WORKER "[expect kernel < 6.11]\n", \
	       "7:9: unknown condition 'kernel < 6.11'; write [expect] or [expect kernel >= 6.11]") \
	BROKEN("kernel without minor", HEAD WORKER "[expect kernel >= 6]\n", \
	       "7:19: '6' is no kernel version; write MAJOR.MINOR, such as 6.11") \
	BROKEN("kernel with patch level", HEAD WORKER "[expect kernel >= 6.1.5]\n", \
	       "7:19: '6.1.5' is no kernel version; write MAJOR.MINOR, such as 6.11") \
	BROKEN("kernel of nothing", HEAD WORKER "[expect kernel >= ]\n", \
	       "7:18: '' is no kernel version; write MAJOR.MINOR, such as 6.11") \
	BROKEN("kernel 0.0", HEAD WORKER "[expect kernel >= 0.0]\n", \
	       "7:19: '0.0' is no kernel version; write MAJOR.MINOR, such as 6.11")
/* clang-format on */
