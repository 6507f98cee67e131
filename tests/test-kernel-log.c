/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule kernel_log: which lines of a console are reports, whose they are, how many, and how they are quoted.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "harness/judge/kernel_log.h"
#include "tests/judge_fixture.h"

static void setup(void)
{
	judge_fixture_setup();
	judge_fixture_finish();
}

static const struct finding *kernel_log(const char *console)
{
	judge_fixture_set_console(console);
	judge_fixture_judge();
	return judge_fixture_finding(RULE_kernel_log);
}

/* One report of each kind, as kernels from 5.10 to 7.3 print them. */
static const char *const reports[] = {
	"BUG: kernel NULL pointer dereference, address: 0000000000000008",
	"BUG: unable to handle page fault for address: ffffc90000a3f000",
	"BUG: KASAN: slab-use-after-free in lo_release+0x1b/0x40 [loop]",
	"BUG: KCSAN: data-race in loop_control_ioctl / lo_open",
	"BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580",
	"BUG: scheduling while atomic: looprace/301/0x00000002",
	"BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 34s!",
	"BUG loop_cmd (Tainted: G    B   W ): Object already free",
	"BUG kmalloc-64 (Not tainted): Redzone overwritten",
	"kernel BUG at drivers/block/loop.c:1125!",
	"WARNING: CPU: 1 PID: 322 at fs/sysfs/group.c:281 sysfs_remove_group+0x76/0x80",
	"WARNING: possible circular locking dependency detected",
	"WARNING: fs/sysfs/group.c:281 at sysfs_remove_group+0x76/0x80, CPU#1: looprace/322",
	"UBSAN: array-index-out-of-bounds in drivers/block/loop.c:100:3",
	"KFENCE: use-after-free read in loop_attr_show",
	"Oops: 0000 [#1] PREEMPT SMP PTI",
	"general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP",
	"divide error: 0000 [#1] SMP",
	"INFO: task looprace-guest:311 blocked for more than 120 seconds.",
	"INFO: task kworker/0:1:12 can't die for more than 143 seconds.",
	"rcu: INFO: rcu_preempt self-detected stall on CPU",
	"rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
	"INFO: trying to register non-static key.",
	"watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [looprace-guest:310]",
	"Watchdog detected hard LOCKUP on cpu 1",
	"refcount_t: underflow; use-after-free.",
	"sysfs: cannot create duplicate filename '/devices/virtual/block/loop2'",
	"kobject_add_internal failed for loop2 with -EEXIST, don't try to register things with the same name",
	"list_del corruption. next->prev should be ffff888003a45e10, but was dead000000000122",
	"Buffer I/O error on dev loop3, logical block 0, async page read",
	"EXT4-fs (loop0): shut down requested (2)",
	"VFS: Busy inodes after unmount of tmpfs (tmpfs)",
	"kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
	"Kernel panic - not syncing: sysrq triggered crash",
};

/* Lines that look like it, and lines of a sound boot and race. */
static const char *const no_reports[] = {
	"loop0: detected capacity change from 0 to 2048",
	"loop: module loaded",
	"DEBUG: nothing here",
	"ODEBUG: selftest passed",
	"Boot_DEBUG: again",
	"MY_WARNING: not the kernel's",
	"EXT4-fs (loop0): WARNING: mounting unchecked fs",
	"XFS (loop1): WARNING: reset",
	"Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB "
	"attacks!",
	"INFO: lockdep is turned off.",
	"INFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.2 msecs",
	"INFO: task scheduler is ready",
	"Kernel command line: panic=-1 oops=panic hung_task_panic=1 softlockup_panic=1",
	"ACPI BIOS Error (bug): Could not resolve symbol",
	"[Firmware Bug]: TSC doesn't count with P0 frequency!",
	"Buffer I/O error on dev sr0, logical block 0",
	"reboot: Power down",
	"loop: loop_reread_partitions: partition scan of loop2 (/a) failed (rc=-16)",
	"DEBUG the BUG in a file name (1): x",
};

START_TEST(report_is_found)
{
	char console[512];
	const struct finding *finding;

	snprintf(console, sizeof(console), "[   12.345678] %s\n", reports[_i]);
	finding = kernel_log(console);
	ck_assert_msg(finding != NULL, "%s", reports[_i]);
	ck_assert_int_eq(finding->verdict, VERDICT_VIOLATION);
	ck_assert_uint_eq(finding->count, 1);
	assert_says(finding->text, reports[_i]);
	assert_says(finding->text, "at 12.345678 s: \"");
}
END_TEST

START_TEST(harmless_line_is_none)
{
	char console[512];

	snprintf(console, sizeof(console), "[   12.345678] %s\n", no_reports[_i]);
	ck_assert_msg(kernel_log(console) == NULL, "%s", no_reports[_i]);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_kernel_log], VERDICT_PASS);
}
END_TEST

START_TEST(report_before_our_marker_makes_the_cell_broken)
{
	static const char console[] = "[    0.5] WARNING: CPU: 0 PID: 1 at arch/x86/kernel/a.c:1 b+0x1/0x2\n"
				      "[    1.0] " LOOPRACE_START_MARKER "\n"
				      "[    2.0] loop0: detected capacity change from 0 to 2048\n";
	const struct finding *finding;

	fixture.evidence.console = console;
	fixture.evidence.console_bytes = sizeof(console) - 1;
	assert_verdict(VERDICT_BROKEN);
	finding = judge_fixture_finding(RULE_kernel_log);
	assert_says(finding->text, "before our start marker, at 0.");
	assert_says(finding->text, "a.c:1 b+0x1/0x2");
}
END_TEST

START_TEST(report_behind_our_marker_counts_whatever_stood_before)
{
	static const char console[] = "[    0.500000] WARNING: CPU: 0 PID: 1 at arch/x86/kernel/a.c:1 b+0x1/0x2\n"
				      "[    1.000000] " LOOPRACE_START_MARKER " run 1\n"
				      "[    2.000000] kernel BUG at drivers/block/loop.c:1!\n";

	fixture.evidence.console = console;
	fixture.evidence.console_bytes = sizeof(console) - 1;
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(judge_fixture_finding(RULE_kernel_log)->count, 1);
	assert_says(judge_fixture_finding(RULE_kernel_log)->text, "there was a report before our start marker already");
}
END_TEST

START_TEST(console_without_a_marker_is_all_before_it)
{
	static const char console[] = "[    9.0] Kernel panic - not syncing: VFS: Unable to mount root fs";

	fixture.evidence.console = console;
	fixture.evidence.console_bytes = sizeof(console) - 1;
	assert_verdict(VERDICT_BROKEN);
}
END_TEST

START_TEST(one_oops_is_one_report)
{
	const struct finding *finding =
		kernel_log("[    2.0] BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
			   "[    2.1] #PF: supervisor read access in kernel mode\n"
			   "[    2.2] PGD 0 P4D 0\n"
			   "[    2.3] Oops: 0000 [#1] PREEMPT SMP\n"
			   "[    2.4] CPU: 1 PID: 300 Comm: looprace-guest\n"
			   "[    2.5] RIP: 0010:loop_configure+0x10/0x20 [loop]\n"
			   "[    2.6] a\n[    2.6] b\n[    2.6] c\n[    2.6] d\n[    2.6] e\n[    2.6] f\n"
			   "[    2.7] Kernel panic - not syncing: Fatal exception\n");

	ck_assert_uint_eq(finding->count, 1);
	assert_says(finding->text, "NULL pointer dereference");
}
END_TEST

/* As a KCSAN kernel of 6.12.117 prints it; the middle is of this race or that. */
#define RACE(title, frame)                                                                                             \
	"==================================================================\n"                                         \
	"[    2.0] BUG: KCSAN: data-race in " title "\n\n"                                                             \
	"[    2.0] write to 0xffff888000416780 of 4 bytes by task 41 on cpu 0:\n"                                      \
	"[    2.0]  " frame "\n[    2.0]  do_syscall_64+0x4f/0xa6\n\n"                                                 \
	"[    2.0] read to 0xffff888000416780 of 4 bytes by task 42 on cpu 1:\n"                                       \
	"[    2.0]  step_into+0x82/0x8ba\n[    2.0]  hello_lo+0x1/0x2\n\n"                                             \
	"[    2.0] value changed: 0x00000008 -> 0x00008008\n\n"                                                        \
	"[    2.0] Reported by Kernel Concurrency Sanitizer on:\n"
#define RACE_END "==================================================================\n"

static const struct race_case {
	const char *console;
	uint64_t report_count;
	uint64_t foreign_count;
} race_cases[] = {
	{ RACE("__dentry_kill / step_into", "__dentry_kill+0x10c/0x1f4") RACE_END, 0, 1 },
	{ RACE("step_into / step_into", "dput+0x1/0x2") RACE_END RACE("a / b", "a+0x1/0x2") RACE_END, 0, 2 },
	{ RACE("lo_open / step_into", "vfs_open+0x1/0x2") RACE_END, 1, 0 },
	{ RACE("bd_prepare / step_into", "lo_ioctl+0x1/0x2 [loop]") RACE_END, 1, 0 },
	{ RACE("bd_prepare / step_into", "__loop_clr_fd+0x1/0x2") RACE_END, 1, 0 },
	{ RACE("bd_prepare / step_into", "anything+0x1/0x2 [loop]") RACE_END, 1, 0 },
	/* What was cut off may have been ours; what follows is another report. */
	{ RACE("__dentry_kill / step_into", "__dentry_kill+0x10c/0x1f4"), 1, 0 },
	{ RACE("__dentry_kill / step_into", "dput+0x1/0x2") RACE_END "x\nWARNING: loop_a at b.c\n", 1, 1 },
};

START_TEST(race_of_others_is_counted_apart)
{
	const struct race_case *c = &race_cases[_i];
	const struct finding *finding = kernel_log(c->console);

	ck_assert_uint_eq(finding ? finding->count : 0, c->report_count);
	ck_assert_uint_eq(fixture.judgement.counts.foreign_race_count, c->foreign_count);
}
END_TEST

START_TEST(race_of_others_at_boot_breaks_no_cell)
{
	static const char console[] =
		RACE("__dentry_kill / step_into", "dput+0x1/0x2") RACE_END LOOPRACE_START_MARKER "\n";

	fixture.evidence.console = console;
	fixture.evidence.console_bytes = sizeof(console) - 1;
	judge_fixture_judge();
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_kernel_log], VERDICT_PASS);
}
END_TEST

START_TEST(two_warnings_are_two_reports)
{
	const struct finding *finding = kernel_log("[    2.0] WARNING: CPU: 1 PID: 3 at a.c:1 b+0x1/0x2\n"
						   "x\nx\nx\nx\nx\nx\nx\nx\nx\n"
						   "[    3.0] WARNING: CPU: 1 PID: 3 at a.c:2 b+0x1/0x2\n");

	ck_assert_uint_eq(finding->count, 2);
	assert_says(finding->text, "a.c:1");
	assert_says(finding->text, ", and 1 more");
}
END_TEST

START_TEST(quoted_line_is_clean)
{
	static const char console[] =
		LOOPRACE_START_MARKER "\r\n"
				      "\033[1;31m<4>[    2.000007] [  T301] WARNING: a\0b \xff\xc3\xa9"
				      "\xe2\x82 \t\x07 \033[0mend\r\n";

	fixture.evidence.console = console;
	fixture.evidence.console_bytes = sizeof(console) - 1;
	judge_fixture_judge();
	ck_assert_ptr_nonnull(judge_fixture_finding(RULE_kernel_log));
	assert_says(judge_fixture_finding(RULE_kernel_log)->text, "at 2.000007 s: \"WARNING: ab ?\xc3\xa9??  ? end\"");
}
END_TEST

START_TEST(console_of_rubbish_is_read)
{
	static char console[200000];

	for (size_t i = 0; i < sizeof(console); i++)
		console[i] = (char)(i * 7919 >> 3);
	memcpy(console, LOOPRACE_START_MARKER "\n", sizeof(LOOPRACE_START_MARKER));
	fixture.evidence.console = console;
	fixture.evidence.console_bytes = sizeof(console);
	assert_verdict(VERDICT_PASS);
	/* One line without an end, and a text that ends in mid-character. */
	memset(console, 'x', sizeof(console));
	console[sizeof(console) - 1] = (char)0xe2;
	judge_fixture_judge();
	fixture.evidence.console_bytes = 0;
	judge_fixture_judge();
	ck_assert_ptr_null(judge_fixture_finding(RULE_kernel_log));
}
END_TEST

START_TEST(missing_console_is_no_evidence)
{
	fixture.evidence.console = NULL;
	fixture.evidence.console_bytes = 0;
	assert_verdict(VERDICT_PASS);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_kernel_log], VERDICT_SKIP);
}
END_TEST

START_TEST(flood_behind_our_marker_is_a_violation)
{
	static const char console[] = "[    0.1] Linux version 6.1\n";

	fixture.evidence.ending = ENDING_console_flood;
	judge_fixture_judge();
	ck_assert_int_eq(judge_fixture_finding(RULE_kernel_log)->verdict, VERDICT_VIOLATION);
	fixture.evidence.console = console;
	fixture.evidence.console_bytes = sizeof(console) - 1;
	judge_fixture_judge();
	ck_assert_int_eq(judge_fixture_finding(RULE_kernel_log)->verdict, VERDICT_BROKEN);
}
END_TEST

START_TEST(only_hangs_are_told_apart)
{
	struct kernel_log log;
	static const char hang[] = LOOPRACE_START_MARKER "\nINFO: task a:1 blocked for more than 120 seconds.\n"
							 "Kernel panic - not syncing: hung_task: blocked tasks\n";
	static const char bug[] = LOOPRACE_START_MARKER "\nWARNING: CPU: 1\n"
							"Kernel panic - not syncing: panic_on_warn set ...\n";

	ck_assert_int_eq(kernel_log_read(hang, sizeof(hang) - 1, false, &log), 0);
	ck_assert_uint_eq(log.report_count, 1);
	ck_assert(log.has_only_hangs);
	ck_assert(log.panic.is_found);
	ck_assert_int_eq(kernel_log_read(bug, sizeof(bug) - 1, false, &log), 0);
	ck_assert_uint_eq(log.report_count, 1);
	ck_assert(!log.has_only_hangs);
}
END_TEST

START_TEST(failed_io_is_no_report_where_workers_do_it)
{
	struct kernel_log log;
	static const char io[] = LOOPRACE_START_MARKER "\nBuffer I/O error on dev loop3, logical block 0\nWARNING: x\n";

	ck_assert_int_eq(kernel_log_read(io, sizeof(io) - 1, false, &log), 0);
	assert_says(log.reports[0].text, "Buffer I/O");
	ck_assert_int_eq(kernel_log_read(io, sizeof(io) - 1, true, &log), 0);
	ck_assert_uint_eq(log.report_count, 1);
	assert_says(log.reports[0].text, "WARNING");
	ck_assert_uint_eq(log.reports[0].offset, (size_t)(strstr(io, "WARNING") - io));
}
END_TEST

START_TEST(report_behind_a_single_line_is_one_of_its_own)
{
	struct kernel_log log;
	static const char two[] = LOOPRACE_START_MARKER "\nEXT4-fs (loop0): shut down requested (2)\nWARNING: x\n";

	ck_assert_int_eq(kernel_log_read(two, sizeof(two) - 1, true, &log), 0);
	ck_assert_uint_eq(log.report_count, 2);
	assert_says(log.reports[1].text, "WARNING");
	ck_assert(!log.has_only_hangs);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("kernel-log");
	TCase *tcase = tcase_create("lines");

	tcase_add_checked_fixture(tcase, setup, judge_fixture_teardown);
	tcase_add_loop_test(tcase, report_is_found, 0, sizeof(reports) / sizeof(reports[0]));
	tcase_add_loop_test(tcase, harmless_line_is_none, 0, sizeof(no_reports) / sizeof(no_reports[0]));
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("console");
	tcase_add_checked_fixture(tcase, setup, judge_fixture_teardown);
	tcase_add_test(tcase, report_before_our_marker_makes_the_cell_broken);
	tcase_add_test(tcase, report_behind_our_marker_counts_whatever_stood_before);
	tcase_add_test(tcase, console_without_a_marker_is_all_before_it);
	tcase_add_test(tcase, one_oops_is_one_report);
	tcase_add_test(tcase, two_warnings_are_two_reports);
	tcase_add_loop_test(tcase, race_of_others_is_counted_apart, 0,
			    (int)(sizeof(race_cases) / sizeof(race_cases[0])));
	tcase_add_test(tcase, race_of_others_at_boot_breaks_no_cell);
	tcase_add_test(tcase, failed_io_is_no_report_where_workers_do_it);
	tcase_add_test(tcase, report_behind_a_single_line_is_one_of_its_own);
	tcase_add_test(tcase, quoted_line_is_clean);
	tcase_add_test(tcase, console_of_rubbish_is_read);
	tcase_add_test(tcase, missing_console_is_no_evidence);
	tcase_add_test(tcase, flood_behind_our_marker_is_a_violation);
	tcase_add_test(tcase, only_hangs_are_told_apart);
	suite_add_tcase(suite, tcase);
	return suite;
}
