/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words: pieces of a line that stay where they are, and lists of the words that are allowed in a place.
 *
 * Nothing is copied or cut up: a span points into the line, so that a complaint can say in which column it stands.
 */
#pragma once

#include "harness/scenario/complaint.h"

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *at;
	size_t bytes;
};

/* For printf's "%.*s". */
#define SPAN(span) (int)(span).bytes, (span).at

/* The words that may stand in one place, such as { "operation", { "attach", ... }, 6 }. */
struct words {
	const char *what;
	const char *const *list;
	unsigned int count;
	const char *where; /* the command that tells them, for too many to name; NULL: they are few */
};

/* WORDS("policy", policy_list): of an array. */
#define WORDS(what_, list_) { .what = (what_), .list = (list_), .count = sizeof(list_) / sizeof((list_)[0]) }

bool span_is_blank(char c);

/**
 * span_of() - a whole string
 * @text:	borrowed
 */
struct span span_of(const char *text);

/**
 * span_trim() - without the blanks at both ends
 * @span:	may become empty
 */
struct span span_trim(struct span span);

/**
 * span_is() - is it exactly this word
 * @span:	piece of a line
 * @word:	string
 */
bool span_is(struct span span, const char *word);

/**
 * span_starts_with() - does it begin so
 * @span:	piece of a line
 * @start:	string
 */
bool span_starts_with(struct span span, const char *start);

/**
 * span_take_word() - the next word, ended by blanks or one of @separators
 * @rest:	piece of a line; what was taken is cut off from its start
 * @separators:	further characters that divide words, such as ","
 *
 * Return: the word; empty when @rest holds no more.
 */
struct span span_take_word(struct span *rest, const char *separators);

/**
 * words_find() - position of a word
 * @words:	list
 * @word:	what to look for
 * @ret_index:	its position; written only on success
 *
 * Return: 0 or -ENOENT.
 */
int words_find(const struct words *words, struct span word, unsigned int *ret_index);

/**
 * words_complain() - say that a word is unknown, and which would be right: the one it is like, else all
 * @complaint:	where to say it
 * @words:	list
 * @word:	the unknown word
 *
 * Return: -EINVAL.
 */
int words_complain(const struct complaint *complaint, const struct words *words, struct span word);

/**
 * name_check() - may something be called so
 * @complaint:	where to say what is wrong
 * @what:	such as "a label"
 * @name:	the name
 * @may_have_dots: besides letters, digits, '_' and '-'
 *
 * Return: 0 or -EINVAL.
 */
int name_check(const struct complaint *complaint, const char *what, struct span name, bool may_have_dots);
