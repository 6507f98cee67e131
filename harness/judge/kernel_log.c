/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports in the kernel log; see kernel_log.h.
 *
 * The list is that of syzkaller (pkg/report/linux.go) and blktests (check: _check_dmesg), and what the latter leaves out:
 * hung tasks, lockups, RCU stalls, UBSAN, refcounts, duplicate sysfs names, I/O errors of loop devices.  A report is many
 * lines long; lines of one report are counted once by their distance.
 *
 * KCSAN tells of data races all over the kernel, most of them known and borne (6.12.117: __dentry_kill / step_into).  One
 * that the loop driver has no part in says nothing of it, so such a report is counted apart.
 */
#include "harness/judge/kernel_log.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#include "harness/judge/judge.h"

enum report_kind {
	REPORT_BUG,
	REPORT_IO,    /* an I/O of somebody failed */
	REPORT_LINE,  /* one line, to which nothing else belongs */
	REPORT_HANG,  /* something waits too long */
	REPORT_PANIC, /* the kernel gave up; mostly the end of a report that began before */
	REPORT_TAIL,  /* belongs to a report that began before; counts alone when that was lost */
};

/*
 * X(kind, needle, regular expression).  The needle must stand in the line, and where it begins with a letter, at the
 * start of a word ("DEBUG:" is no "BUG:"); the expression (POSIX, extended; NULL: none) is asked only then.  The first row
 * that fits decides.
 */
/* clang-format off */
#define REPORTS(X)                                                                                                     \
	X(REPORT_PANIC, "Kernel panic - not syncing", NULL)                                                             \
	X(REPORT_HANG, "soft lockup", "BUG: soft lockup")                                                               \
	X(REPORT_HANG, "hard LOCKUP", NULL)                                                                             \
	X(REPORT_HANG, "workqueue lockup", NULL)                                                                        \
	X(REPORT_HANG, "INFO: task ", "INFO: task .* (blocked (in I/O wait )?for more than|can't die for more than)")   \
	X(REPORT_HANG, "INFO: rcu_", "INFO: rcu_[a-z_]+ (self-)?detected( expedited)? stall")                           \
	X(REPORT_TAIL, "Oops:", NULL)                                                                                   \
	X(REPORT_TAIL, "invalid opcode:", NULL)                                                                         \
	X(REPORT_BUG, "BUG:", NULL)                                                                                     \
	X(REPORT_BUG, "BUG ", "^BUG [A-Za-z0-9_-]+ *\\(.*\\): ")                                                        \
	X(REPORT_BUG, "kernel BUG at", NULL)                                                                            \
	X(REPORT_BUG, "WARNING:", NULL)                                                                                 \
	X(REPORT_BUG, "KASAN:", NULL)                                                                                   \
	X(REPORT_BUG, "KCSAN:", NULL)                                                                                   \
	X(REPORT_BUG, "KMSAN:", NULL)                                                                                   \
	X(REPORT_BUG, "KFENCE:", NULL)                                                                                  \
	X(REPORT_BUG, "UBSAN:", NULL)                                                                                   \
	X(REPORT_BUG, "general protection fault", NULL)                                                                 \
	X(REPORT_BUG, "stack segment:", NULL)                                                                           \
	X(REPORT_BUG, "divide error:", NULL)                                                                            \
	X(REPORT_BUG, "int3:", NULL)                                                                                    \
	X(REPORT_BUG, "PANIC: double fault", NULL)                                                                      \
	X(REPORT_BUG, "Internal error:", NULL)                                                                          \
	X(REPORT_BUG, "Unable to handle kernel", NULL)                                                                  \
	X(REPORT_BUG, "unable to handle", NULL)                                                                         \
	X(REPORT_BUG, "possible circular locking dependency detected", NULL)                                            \
	X(REPORT_BUG, "possible recursive locking detected", NULL)                                                      \
	X(REPORT_BUG, "inconsistent lock state", NULL)                                                                  \
	X(REPORT_BUG, "suspicious RCU usage", NULL)                                                                     \
	X(REPORT_BUG, "-unsafe lock order detected", NULL)                                                              \
	X(REPORT_BUG, "Nested lock was not taken", NULL)                                                                \
	X(REPORT_BUG, "INFO: trying to register non-static key", NULL)                                                  \
	X(REPORT_BUG, "refcount_t:", NULL)                                                                              \
	X(REPORT_BUG, "sysfs: cannot create duplicate filename", NULL)                                                  \
	X(REPORT_BUG, "kobject_add_internal failed", NULL)                                                              \
	X(REPORT_BUG, "list_add corruption", NULL)                                                                      \
	X(REPORT_BUG, "list_del corruption", NULL)                                                                      \
	X(REPORT_BUG, "new suspected memory leaks", NULL)                                                               \
	X(REPORT_IO, "Buffer I/O error on dev loop", NULL)                                                              \
	X(REPORT_LINE, "EXT4-fs (loop", "shut down requested")                                                           \
	X(REPORT_BUG, "VFS: Busy inodes after unmount", NULL)                                                           \
	X(REPORT_BUG, "VFS: Close: file count is 0", NULL)                                                              \
	X(REPORT_BUG, "unregister_netdevice: waiting for", NULL)                                                        \
	X(REPORT_BUG, "nobody cared", "irq [0-9]+: nobody cared")                                                       \
	X(REPORT_BUG, "Booting the kernel.", NULL)

/* Lines that are no reports although a row above fits: X(needle, why). */
#define NO_REPORTS(X)                                                                                                  \
	X("EXT4-fs", "warnings about a file system's options or age")                                                   \
	X("EXT4-FS", "the same")                                                                                        \
	X("XFS (", "the same")                                                                                          \
	X("mand mount option", "asked for by user space")                                                               \
	X("eIBRS", "a CPU's mitigation, told at boot")                                                                  \
	X("wireless extensions", "asked for by user space")                                                             \
	X("for mitigation options", "a CPU's mitigation, told at boot")                                                 \
	X("lockdep is turned off", "a line of another report")                                                          \
	X("took too long", "perf's and nmi's handlers under an emulator")
/* clang-format on */

/* A line this near to the report before it belongs to it: "kernel BUG at", then "invalid opcode:". */
#define SAME_REPORT_LINES 8
/* The end of a report ("Oops:", "Kernel panic") may stand this far behind its begin. */
#define TAIL_LINES 160

struct report_row {
	enum report_kind kind;
	const char *needle;
	const char *expression;
};

/* A report of KCSAN has two stacks, of at most 64 frames each, and ends with a line of "=". */
#define KCSAN_LINES 160

struct scan {
	const char *console_end;
	struct kernel_log *log;
	size_t line_offset;
	uint64_t line_number;
	uint64_t last_report_line; /* 0: none yet */
	bool has_io;
};

static bool is_word_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool has_needle(const char *line, const char *needle)
{
	for (const char *at = line; (at = strstr(at, needle)); at++)
		if (at == line || !is_word_character(at[-1]) || !is_word_character(*needle))
			return true;
	return false;
}

/* 1 fits, 0 does not, or -ENOMEM. */
static int fits_expression(const char *line, const char *expression)
{
	regex_t compiled;
	int r;

	if (!expression)
		return 1;
	if (regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) != 0)
		return -ENOMEM;
	r = regexec(&compiled, line, 0, NULL, 0);
	regfree(&compiled);
	return r == 0;
}

/* A row that names the ignored words itself knows better. */
static bool is_ignored(const char *line, const char *needle)
{
	static const char *const needles[] = {
#define X(needle, why) needle,
		NO_REPORTS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(needles) / sizeof(needles[0]); i++)
		if (strstr(line, needles[i]) && !strstr(needle, needles[i]))
			return true;
	return false;
}

/* 1 and the kind when the line is a report, 0 when it is none, or -ENOMEM. */
static int classify(const char *line, enum report_kind *ret_kind)
{
	static const struct report_row rows[] = {
#define X(kind, needle, expression) { kind, needle, expression },
		REPORTS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r;

		if (!has_needle(line, rows[i].needle))
			continue;
		r = fits_expression(line, rows[i].expression);
		if (r < 0)
			return r;
		if (r && !is_ignored(line, rows[i].needle)) {
			*ret_kind = rows[i].kind;
			return 1;
		}
	}
	return 0;
}

/* Length of the UTF-8 character at @at, or 0 when it is none. */
static size_t utf8_length(const unsigned char *at, size_t room)
{
	size_t length = *at >= 0xf0 && *at <= 0xf4  ? 4
			: *at >= 0xe0 && *at < 0xf0 ? 3
			: *at >= 0xc2 && *at < 0xe0 ? 2
						    : 0;

	if (!length || length > room)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Too long a form, a surrogate, or beyond the last character. */
	if ((*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] > 0x9f) || (*at == 0xf0 && at[1] < 0x90) ||
	    (*at == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

/* Length of a terminal's escape sequence at @at ("ESC [ ... letter"), at least 1. */
static size_t escape_length(const char *at, size_t room)
{
	size_t length = 2;

	if (room < 2 || at[1] != '[')
		return 1;
	while (length < room && (at[length] < '@' || at[length] > '~'))
		length++;
	return length < room ? length + 1 : room;
}

static void clean(const char *line, size_t line_bytes, char *text, size_t text_bytes)
{
	size_t length = 0;

	for (size_t i = 0; i < line_bytes && length + 4 < text_bytes;) {
		unsigned char c = (unsigned char)line[i];
		size_t character_bytes;

		if (c == 0x1b) {
			i += escape_length(line + i, line_bytes - i);
		} else if (c == 0) {
			i++;
		} else if (c >= 0x80) {
			character_bytes = utf8_length((const unsigned char *)line + i, line_bytes - i);
			if (!character_bytes) {
				text[length++] = '?';
				i++;
				continue;
			}
			memcpy(text + length, line + i, character_bytes);
			length += character_bytes;
			i += character_bytes;
		} else {
			text[length++] = c == '\t' ? ' ' : c < 0x20 || c == 0x7f ? '?' : (char)c;
			i++;
		}
	}
	text[length] = 0;
}

static const char *skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

static const char *skip_number(const char *text, uint64_t *ret_number)
{
	*ret_number = 0;
	while (*text >= '0' && *text <= '9') {
		if (*ret_number < UINT64_MAX / 100)
			*ret_number = *ret_number * 10 + (uint64_t)(*text - '0');
		text++;
	}
	return text;
}

/* "<4>[   12.345678] [  T123] text": returns where the text begins. */
static const char *skip_stamp(const char *line, uint64_t *ret_time_us)
{
	const char *at = line;
	uint64_t seconds, fraction;

	*ret_time_us = 0;
	if (*at == '<') {
		at = skip_number(at + 1, &seconds);
		if (*at++ != '>')
			return line;
	}
	if (*at != '[')
		return line;
	at = skip_number(skip_blanks(at + 1), &seconds);
	if (*at != '.')
		return line;
	at = skip_number(at + 1, &fraction);
	if (*at != ']' || seconds > UINT64_MAX / 2000000 || fraction > 999999)
		return line;
	*ret_time_us = seconds * 1000000 + fraction;
	at = skip_blanks(at + 1);
	/* CONFIG_PRINTK_CALLER: a thread or a CPU. */
	if (*at == '[') {
		const char *caller = skip_blanks(at + 1);

		if (*caller == 'T' || *caller == 'C') {
			caller = skip_number(caller + 1, &fraction);
			if (*caller == ']')
				at = skip_blanks(caller + 1);
		}
	}
	return at;
}

static void keep(struct kernel_log_line *kept, const struct scan *scan, const char *text, uint64_t time_us)
{
	if (kept->is_found)
		return;
	kept->is_found = true;
	kept->time_us = time_us;
	kept->offset = scan->line_offset;
	clean(text, strlen(text), kept->text, sizeof(kept->text));
}

static bool is_part_of_last_report(const struct scan *scan, enum report_kind kind)
{
	uint64_t distance = scan->line_number - scan->last_report_line;

	if (!scan->last_report_line)
		return false;
	return distance <= (kind == REPORT_TAIL || kind == REPORT_PANIC ? TAIL_LINES : SAME_REPORT_LINES);
}

static void note_report(struct scan *scan, enum report_kind kind, const char *text, uint64_t time_us)
{
	struct kernel_log *log = scan->log;
	bool is_part = kind != REPORT_LINE && is_part_of_last_report(scan, kind);

	if (kind == REPORT_IO && scan->has_io)
		return;
	if (!log->has_marker) {
		keep(&log->before_marker, scan, text, time_us);
		return;
	}
	if (kind == REPORT_PANIC) {
		/* The first process of a guest is ours.  An oops in it ends it too, but then the oops came first. */
		if (strstr(text, "Attempted to kill init") && !log->report_count) {
			keep(&log->init_died, scan, text, time_us);
			return;
		}
		keep(&log->panic, scan, text, time_us);
	}
	if (kind != REPORT_LINE)
		scan->last_report_line = scan->line_number;
	if (kind != REPORT_HANG && kind != REPORT_PANIC)
		log->has_only_hangs = false;
	if (is_part)
		return;
	if (log->report_count < KERNEL_LOG_REPORT_COUNT_MAX)
		keep(&log->reports[log->report_count], scan, text, time_us);
	log->report_count++;
}

/* "lo_open / loop_configure", or a frame of a stack: " lo_open+0x1b/0x40 [loop]". */
static bool names_loop_driver(const char *text)
{
	return strstr(text, "[loop]") || has_needle(text, "loop_") || has_needle(text, "__loop_") ||
	       has_needle(text, "lo_");
}

/* Is the report that begins with this title, and goes on behind it, one of a race elsewhere?  A cut one is not. */
static bool is_foreign_race(const struct scan *scan, const char *title, const char *behind)
{
	char cleaned[1024];
	uint64_t time_us;

	if (!has_needle(title, "KCSAN:") || names_loop_driver(title))
		return false;
	for (unsigned int i = 0; i < KCSAN_LINES && behind < scan->console_end; i++) {
		const char *newline = memchr(behind, '\n', (size_t)(scan->console_end - behind));
		const char *text;

		if (!newline)
			return false;
		clean(behind, (size_t)(newline - behind), cleaned, sizeof(cleaned));
		text = skip_stamp(cleaned, &time_us);
		if (strncmp(text, "=====", 5) == 0)
			return true;
		if (names_loop_driver(text))
			return false;
		behind = newline + 1;
	}
	return false;
}

static int scan_line(struct scan *scan, const char *line, size_t line_bytes)
{
	enum report_kind kind;
	char cleaned[1024];
	uint64_t time_us;
	const char *text;
	int r;

	scan->line_number++;
	clean(line, line_bytes, cleaned, sizeof(cleaned));
	text = skip_stamp(cleaned, &time_us);
	if (strstr(text, LOOPRACE_START_MARKER)) {
		scan->log->has_marker = true;
		return 0;
	}
	r = classify(text, &kind);
	if (r > 0 && is_foreign_race(scan, text, line + line_bytes))
		scan->log->foreign_race_count++;
	else if (r > 0)
		note_report(scan, kind, text, time_us);
	return r < 0 ? r : 0;
}

int kernel_log_read(const char *console, size_t console_bytes, bool has_io, struct kernel_log *ret_log)
{
	struct kernel_log log = { .has_only_hangs = true };
	struct scan scan = { .log = &log, .has_io = has_io };
	size_t begin = 0;

	if (!console)
		console_bytes = 0;
	else
		scan.console_end = console + console_bytes;
	for (size_t i = 0; i <= console_bytes; i++) {
		int r;

		if (i < console_bytes && console[i] != '\n' && console[i] != '\r')
			continue;
		scan.line_offset = begin;
		r = i > begin ? scan_line(&scan, console + begin, i - begin) : 0;
		if (r < 0)
			return r;
		begin = i + 1;
	}
	*ret_log = log;
	return 0;
}
