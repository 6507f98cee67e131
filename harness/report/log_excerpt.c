/* SPDX-License-Identifier: Apache-2.0 */
/* See log_excerpt.h.  A report of the kernel is long and tells the most at its begin: more lines behind than before. */
#include "harness/report/log_excerpt.h"

#include <stdlib.h>
#include <string.h>

#include "harness/judge/kernel_log.h"

#define LINES_BEFORE 8
#define LINES_BEHIND 60
#define LINES_AT_END 24
#define BYTES_BEFORE 2048
#define BYTES_BEHIND 10240

static const struct finding *find_cited(const struct judgement *judgement)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++)
		if (judgement->findings[i].rule == RULE_kernel_log && judgement->findings[i].text)
			return &judgement->findings[i];
	return NULL;
}

static bool cites(const struct finding *finding, const struct kernel_log_line *line)
{
	return finding && line->is_found && strstr(finding->text, line->text);
}

/* The line that it is about, or NULL. */
static const struct kernel_log_line *find_line(const struct kernel_log *log, const struct judgement *judgement)
{
	const struct finding *finding = find_cited(judgement);

	for (unsigned int i = 0; i < KERNEL_LOG_REPORT_COUNT_MAX; i++)
		if (cites(finding, &log->reports[i]))
			return &log->reports[i];
	if (cites(finding, &log->before_marker))
		return &log->before_marker;
	if (log->panic.is_found)
		return &log->panic;
	return log->init_died.is_found ? &log->init_died : NULL;
}

/* Where the excerpt begins: so many lines before @at, which itself is the begin of a line or the end. */
static size_t go_back(const char *console, size_t at, unsigned int line_count, size_t bytes_max)
{
	size_t least = at > bytes_max ? at - bytes_max : 0;
	size_t begin = at;

	for (unsigned int i = 0; i < line_count && begin > least; i++) {
		size_t line = begin - 1;

		while (line > 0 && console[line - 1] != '\n')
			line--;
		if (line < least)
			return begin == at ? least : begin;
		begin = line;
	}
	return begin;
}

static size_t go_on(const char *console, size_t console_bytes, size_t at, unsigned int line_count, size_t bytes_max)
{
	size_t most = console_bytes - at > bytes_max ? at + bytes_max : console_bytes;

	for (unsigned int i = 0; i < line_count && at < most; i++) {
		const char *end = memchr(console + at, '\n', most - at);

		if (!end)
			return most;
		at = (size_t)(end - console) + 1;
	}
	return at;
}

int log_excerpt_find(const char *console, size_t console_bytes, const struct judgement *judgement,
		     struct log_excerpt *ret_excerpt)
{
	const struct kernel_log_line *line;
	struct kernel_log log;
	size_t begin, end, at;
	/* false: whatever the rule cited is to be found here, failed I/O too. */
	int r = kernel_log_read(console, console_bytes, false, &log);

	if (r < 0)
		return r;
	line = find_line(&log, judgement);
	at = line ? line->offset : console_bytes;
	begin = go_back(console, at, line ? LINES_BEFORE : LINES_AT_END, line ? BYTES_BEFORE : BYTES_BEHIND);
	end = line ? go_on(console, console_bytes, at, LINES_BEHIND, BYTES_BEHIND) : console_bytes;
	*ret_excerpt = (struct log_excerpt){
		.text = console + begin,
		.text_bytes = end - begin,
		.cited_offset = line ? at - begin : SIZE_MAX,
		.is_cut_before = begin > 0,
		.is_cut_after = end < console_bytes,
	};
	return 0;
}

char *log_text(const char *begin, size_t bytes)
{
	char *text = malloc(bytes + 1);
	size_t length = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < bytes; i++) {
		bool is_line_end = begin[i] == '\r' && (i + 1 == bytes || begin[i + 1] == '\n' || begin[i + 1] == '\r');

		if (begin[i] && !is_line_end)
			text[length++] = begin[i];
	}
	text[length] = '\0';
	return text;
}
