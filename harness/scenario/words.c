/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of a line, and the nearest allowed word for a misspelt one.
 *
 * Near means few slips of the finger: a letter too many, too few, another one, or two swapped (the "optimal string
 * alignment" distance).  A third of the word's letters is the most that still is called a slip; beyond that a guess
 * would mislead, and all allowed words are named instead.
 */
#include "harness/scenario/words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/scenario/scenario.h"

#define GUESS_BYTES_MAX 31
#define WORD_LIST_BYTES 400

bool span_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span span_of(const char *text)
{
	return (struct span){ .at = text, .bytes = strlen(text) };
}

struct span span_trim(struct span span)
{
	while (span.bytes > 0 && span_is_blank(span.at[0])) {
		span.at++;
		span.bytes--;
	}
	while (span.bytes > 0 && span_is_blank(span.at[span.bytes - 1]))
		span.bytes--;
	return span;
}

bool span_is(struct span span, const char *word)
{
	return span.bytes == strlen(word) && memcmp(span.at, word, span.bytes) == 0;
}

bool span_starts_with(struct span span, const char *start)
{
	size_t bytes = strlen(start);

	return span.bytes >= bytes && memcmp(span.at, start, bytes) == 0;
}

static bool divides(char c, const char *separators)
{
	return span_is_blank(c) || strchr(separators, c);
}

struct span span_take_word(struct span *rest, const char *separators)
{
	struct span word;
	size_t start = 0;
	size_t end;

	while (start < rest->bytes && divides(rest->at[start], separators))
		start++;
	for (end = start; end < rest->bytes && !divides(rest->at[end], separators); end++)
		;
	word = (struct span){ .at = rest->at + start, .bytes = end - start };
	*rest = (struct span){ .at = rest->at + end, .bytes = rest->bytes - end };
	return word;
}

int words_find(const struct words *words, struct span word, unsigned int *ret_index)
{
	for (unsigned int i = 0; i < words->count; i++) {
		if (!span_is(word, words->list[i]))
			continue;
		*ret_index = i;
		return 0;
	}
	return -ENOENT;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned int slip_count(struct span a, struct span b)
{
	unsigned int table[GUESS_BYTES_MAX + 1][GUESS_BYTES_MAX + 1];

	for (size_t i = 0; i <= a.bytes; i++) {
		for (size_t j = 0; j <= b.bytes; j++) {
			if (i == 0 || j == 0) {
				table[i][j] = (unsigned int)(i + j);
				continue;
			}
			table[i][j] = least(table[i - 1][j] + 1, table[i][j - 1] + 1,
					    table[i - 1][j - 1] + !same_letter(a.at[i - 1], b.at[j - 1]));
			if (i > 1 && j > 1 && same_letter(a.at[i - 1], b.at[j - 2]) &&
			    same_letter(a.at[i - 2], b.at[j - 1]))
				table[i][j] = least(table[i][j], table[i - 2][j - 2] + 1, table[i][j]);
		}
	}
	return table[a.bytes][b.bytes];
}

/* The allowed word that @word is a slip of, or NULL. */
static const char *nearest(const struct words *words, struct span word)
{
	const char *best = NULL;
	unsigned int best_count = GUESS_BYTES_MAX;

	if (word.bytes == 0 || word.bytes > GUESS_BYTES_MAX)
		return NULL;
	for (unsigned int i = 0; i < words->count; i++) {
		struct span candidate = span_of(words->list[i]);
		unsigned int count;

		if (candidate.bytes > GUESS_BYTES_MAX)
			continue;
		count = slip_count(word, candidate);
		if (count * 3 > candidate.bytes || count >= best_count)
			continue;
		best = words->list[i];
		best_count = count;
	}
	return best;
}

int words_complain(const struct complaint *complaint, const struct words *words, struct span word)
{
	const char *guess = nearest(words, word);
	char list[WORD_LIST_BYTES] = "";
	size_t used = 0;

	if (guess)
		return complain(complaint, word.at, "unknown %s '%.*s'; did you mean '%s'?", words->what, SPAN(word),
				guess);
	if (words->where)
		return complain(complaint, word.at, "unknown %s '%.*s'; see %s", words->what, SPAN(word), words->where);
	for (unsigned int i = 0; i < words->count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", words->list[i]);
	return complain(complaint, word.at, "unknown %s '%.*s'; %s %s", words->what, SPAN(word),
			words->count > 1 ? "one of" : "only", list);
}

int name_check(const struct complaint *complaint, const char *what, struct span name, bool may_have_dots)
{
	for (size_t i = 0; i < name.bytes; i++) {
		unsigned char c = (unsigned char)name.at[i];

		if (c < 0x80 && (isalnum(c) || strchr(may_have_dots ? "_-." : "_-", c)))
			continue;
		return complain(complaint, name.at + i, "a name of %s has letters, digits, %s; not '%.*s'", what,
				may_have_dots ? "'_', '-' and '.'" : "'_' and '-'", SPAN(name));
	}
	if (name.bytes == 0)
		return complain(complaint, name.at, "%s has no name; write one", what);
	if (name.bytes >= SCENARIO_NAME_BYTES)
		return complain(complaint, name.at, "the name has %zu bytes; at most %d", name.bytes,
				SCENARIO_NAME_BYTES - 1);
	return 0;
}
