/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge: a function from evidence to a verdict with the shortest proof it can find.
 *
 * PURE: it opens no device, reads no clock and starts no thread; old evidence can be judged again by a newer judge.
 * A rule is one row of LOOPRACE_RULES and one file rule_<name>.c.
 */
#pragma once

#include "harness/judge/traits.h"
#include "harness/recorder/ending.h"
#include "harness/recorder/history.h"
#include "harness/recorder/markers.h"
#include "harness/scenario/scenario.h"
#include "harness/stats/histogram.h"

#define LOOPRACE_RULES(X)                                                                                              \
	X(exclusive_bind, "no index is bound twice without a release between the two binds")                            \
	X(identity, "a bound device reports the backing file of its binder")                                            \
	X(get_free, "LOOP_CTL_GET_FREE returns a device that was unbound at some moment of the call")                    \
	X(model, "some order of the calls on a device explains the results of all of them")                              \
	X(data, "what is read from a binding was written to it, and is the latest")                                     \
	X(isolation, "a descriptor, partition or mapping of one binding never shows a later binding's data")            \
	X(read_only, "a read-only device takes no writes, and its backing file never changes through it")               \
	X(sysfs, "sysfs says of a device what its ioctls say")                                                          \
	X(uevents, "every bind, release and partition has its uevents")                                                 \
	X(no_cycle, "no loop device is its own backing file, through others or a partition")                            \
	X(no_lost_device, "at the end every device can be bound, released and removed")                                 \
	X(no_leak, "at the end nothing of ours is bound, pinned or left over")                                          \
	X(kernel_log, "the kernel log holds no report of a bug after our start marker")                                 \
	X(liveness, "no call, boot or shutdown outlives its limit, and the guest does not vanish")                       \
	X(gave_up, "no attach ends without a device, unless the scenario expects it")

enum rule {
#define X(name, summary) RULE_##name,
	LOOPRACE_RULES(X)
#undef X
		RULE_COUNT,
};

/**
 * rule_name() - a rule in one word
 * rule_summary() - a rule in one line
 * @rule:	below RULE_COUNT
 *
 * Return: a static string.
 */
const char *rule_name(enum rule rule);
const char *rule_summary(enum rule rule);

/* Worst last.  A run's verdict is the worst of its cells, except that SKIP never hides a PASS. */
enum verdict {
	VERDICT_SKIP,	   /* names the missing need */
	VERDICT_PASS,	   /* with how often the window was hit */
	VERDICT_UNKNOWN,   /* the judge cannot tell, says why */
	VERDICT_BROKEN,	   /* our own fault or the emulator's */
	VERDICT_VIOLATION, /* with its proof */
};

/**
 * verdict_name() - "PASS" and so on
 * @verdict:	any of the enum
 *
 * Return: a static string.
 */
const char *verdict_name(enum verdict verdict);

/**
 * verdict_exit_code() - what a script sees
 * @verdict:	any of the enum
 *
 * Return: 0 pass, 1 violation, 77 skip, 99 broken or unknown.
 */
int verdict_exit_code(enum verdict verdict);

/* A device of ours that was still bound after the workers had ended. */
struct leftover {
	int device_index;
	uint64_t dev;
	uint64_t inode;
	int worker; /* whose backing file it is */
};

/* A call that outlived the scenario's limit, as the guest's watchdog saw it. */
struct stuck_call {
	int worker;
	enum recorder_call call;
	int device_index;
	uint64_t duration_ns;
	const char *stack; /* kernel stack of the worker, lines, or "" */
};

/* What a run may use up for good, counted before its workers started and after everything was released. */
struct resource {
	const char *name; /* such as "fds" */
	uint64_t before;
	uint64_t after;
};

/* A device that was of no use any more after the workers had ended. */
struct lost_device {
	int device_index;
	const char *state; /* "unbound" or "bound", as LOOP_GET_STATUS64 had it; "lost": not even that could be asked */
	int error;	   /* errno of what failed; 0: it answered, but wrongly */
	const char *what;  /* what was tried, and what came of it */
};

struct evidence {
	const struct scenario *scenario;
	const struct history *history; /* NULL: there is none */
	const char *console;	       /* kernel log; need not end in NUL; may be NULL */
	size_t console_bytes;
	enum ending ending;
	const char *ending_detail;  /* words of the runner, or "" */
	const char *skip_reason;    /* the guest's, or NULL */
	const char *broken_reason;  /* the guest's or the runner's, or NULL */
	struct kernel_version kernel; /* 0.0 when the guest never said */
	uint64_t host_ns;	      /* how long there was a guest, by the host's clock; 0: there was none */
	bool is_shared;		    /* not a guest of our own: others may use loop devices, too */
	bool has_module;	    /* the loop driver is a module and its removal was tried */
	int module_remove_error;    /* errno of the removal, 0 when it went */
	unsigned int leftover_count;
	const struct leftover *leftovers;
	unsigned int stuck_count;
	const struct stuck_call *stucks;
	bool has_unmount;  /* unmounting the file system of the backing files was tried */
	int unmount_error; /* errno of that, 0 when it went */
	unsigned int resource_count;
	const struct resource *resources;
	bool has_checked_devices;	   /* devices were tried out after the workers had ended */
	unsigned int checked_device_count; /* so many */
	unsigned int lost_device_count;
	const struct lost_device *lost_devices;
};

/* A call that a proof cites. */
struct proof_call {
	unsigned int worker;
	struct recorder_record record; /* copy */
};
#define PROOF_CALL_COUNT_MAX 8

struct finding {
	enum rule rule;
	/* VIOLATION, UNKNOWN or BROKEN. */
	enum verdict verdict;
	uint64_t count;	/* how often; the proof shows the first */
	bool is_expected; /* the scenario planted it: [expect] violation = <rule> */
	uint64_t known_count; /* of these: a known bug, at the line that the scenario names */
	const char *known_name; /* of the first of them; borrowed from the scenario; NULL when known_count is 0 */
	uint32_t known_rows; /* which rows of the scenario's expectations they are, bit 1 << row */
	char *text;	/* what happened, in words, and what the kernel should have done; one or more sentences */
	unsigned int call_count;
	struct proof_call calls[PROOF_CALL_COUNT_MAX]; /* in the order of call_ns */
};

/**
 * finding_is_known() - is all of it a known bug of this kernel
 * @finding:	any
 *
 * Return: true when it is a violation, and the scenario expects each of its occurrences where it is.
 */
bool finding_is_known(const struct finding *finding);

/* Attaches are told apart by the tries that they lost before they got their device: none, 1, 2 to 3, ... 16 and more. */
#define ATTACH_LOSS_COUNT 6

/**
 * attach_loss_begin() - the fewest lost tries of a class
 * @loss:	below ATTACH_LOSS_COUNT
 *
 * Return: 0, 1, 2, 4, 8, 16.
 */
static inline unsigned int attach_loss_begin(unsigned int loss)
{
	return loss ? 1u << (loss - 1) : 0;
}

struct judgement_counts {
	uint64_t record_count;
	uint64_t attach_count;	/* successful */
	uint64_t gave_up_count; /* attaches that ended without a device: tries or budget used up */
	uint64_t failed_count;	/* attaches that ended without a device: an errno that the policy does not retry */
	uint64_t bind_count;	/* bind calls that returned */
	uint64_t lost_bind_count; /* of these EBUSY */
	uint64_t try_count;	  /* tries of all attaches */
	uint64_t lost_try_count;  /* tries that lost a race, at open or at bind */
	uint64_t get_free_count;
	uint64_t injected_count; /* calls into which a failure was injected, or may have been */
	uint64_t foreign_race_count; /* data races that KCSAN tells of other parts of the kernel */
	uint64_t paused_ns;
	uint64_t run_ns; /* start line to end line, or to the last record */
	uint64_t attach_p50_ns; /* of successful attaches, from the first call to the last */
	uint64_t attach_p99_ns;
	uint64_t attach_max_ns;
	/* The same durations, by the tries that were lost; a judgement of an older looprace has none. */
	struct histogram attach_times[ATTACH_LOSS_COUNT];
};

/**
 * judgement_has_attach_times() - are the histograms those of the attaches
 * @counts:	of a judgement
 *
 * Return: false for what an older looprace judged, unless nothing was attached.
 */
bool judgement_has_attach_times(const struct judgement_counts *counts);

struct judgement {
	enum verdict verdict;
	char *reason; /* one line: why this verdict; never NULL */
	unsigned int finding_count;
	struct finding *findings; /* worst first; at most one for each rule */
	struct judgement_counts counts;
	/* The driver that the model was of, all 0 where nothing was held against it. */
	struct loop_traits traits;
	/* What each rule said, findings or not: PASS, SKIP (no evidence for it), or the finding's verdict. */
	enum verdict rule_verdicts[RULE_COUNT];
};

/**
 * proof_call_format() - a cited call as a line of text
 * @call:	such as one of a finding's
 * @origin_ns:	the guest's time that counts as 0, such as the start line
 * @text:	"+1.234567 s  worker 3  LOOP_SET_FD(loop2) = 0  [inode 17]  12.3 us", cut at @text_bytes
 * @text_bytes:	room, at least 1
 *
 * Return: as snprintf().
 */
int proof_call_format(const struct proof_call *call, uint64_t origin_ns, char *text, size_t text_bytes);

/**
 * proof_call_title() - the same without who, when and how long, for a table or a picture that shows these
 * @call:	such as one of a finding's
 * @text:	"LOOP_SET_FD(loop2) = 0  [inode 17]", cut at @text_bytes
 * @text_bytes:	room, at least 1
 *
 * Return: as snprintf().
 */
int proof_call_title(const struct proof_call *call, char *text, size_t text_bytes);

/**
 * proof_call_is_uevent() - nobody made it: the kernel told it, and nobody waited
 * @call:	such as one of a finding's
 *
 * Return: true for a uevent and for a gap between uevents.
 */
static inline bool proof_call_is_uevent(const struct proof_call *call)
{
	return call->record.call == RECORDER_CALL_uevent || call->record.call == RECORDER_CALL_uevent_gap;
}

/**
 * judge() - evidence to verdict
 * @evidence:	borrowed
 * @ret_judgement: end it with judgement_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int judge(const struct evidence *evidence, struct judgement *ret_judgement);

/**
 * judge_live() - how many violations the history shows so far, while the workers still run
 * @history:	picture of a running recorder
 *
 * Applies the rules exclusive_bind and identity to that part of the history which cannot be explained otherwise by
 * calls that have not been published yet: binds and reports that returned before the earliest worker's last record.
 *
 * Return: count of violations.
 */
uint64_t judge_live(const struct history *history);

/**
 * judgement_fini() - end a judgement
 * @judgement:	all zero afterwards
 */
void judgement_fini(struct judgement *judgement);
