/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct as a JSON object and back, from one table of fields: what is written is read back, in the same place and of
 * the same type.  A table has no say in what its struct means; who needs more than a field by itself writes that by hand.
 */
#pragma once

#include <stddef.h>

#include "harness/report/json.h"

enum json_field_type {
	JSON_FIELD_TEXT,     /* char *; null for NULL */
	JSON_FIELD_COUNT,    /* unsigned, of any size; of 64 bits it is clamped, see json_count() */
	JSON_FIELD_INT,	     /* int */
	JSON_FIELD_BOOL,     /* bool */
	JSON_FIELD_IDENTITY, /* uint64_t, as a string of digits */
	JSON_FIELD_SEED,     /* uint64_t, as a string "0x..." */
	JSON_FIELD_WORD,     /* unsigned, of 16 or 32 bits, as one of words */
};

/* The words of a number, 0 to count - 1. */
struct json_words {
	const char *(*word)(unsigned int number);
	unsigned int count;
	const char *right; /* for messages: what would be right */
	bool has_unknown;  /* a number beyond may stand there, too: it is "?", and read back as @count */
};

struct json_field {
	const char *section; /* name of the object that holds it; NULL: the root */
	const char *key;
	enum json_field_type type;
	size_t offset;
	size_t bytes;
	const struct json_words *words; /* of a WORD */
	bool is_addition;		/* older files do not have it: then the member stays as it is */
};

/* A row: of which struct, where in the JSON, of which type, which member. */
#define JSON_FIELD(owner, object, name, kind, member)                                                                  \
	{                                                                                                              \
		.section = object, .key = name, .type = JSON_FIELD_##kind, .offset = offsetof(owner, member),          \
		.bytes = sizeof(((owner *)NULL)->member)                                                               \
	}
/* The same for a WORD. */
#define JSON_WORD_FIELD(owner, object, name, member, table)                                                            \
	{                                                                                                              \
		.section = object, .key = name, .type = JSON_FIELD_WORD, .offset = offsetof(owner, member),            \
		.bytes = sizeof(((owner *)NULL)->member), .words = table                                               \
	}

/* A row that older files do not have. */
#define JSON_ADDED_FIELD(owner, object, name, kind, member)                                                            \
	{                                                                                                              \
		.section = object, .key = name, .type = JSON_FIELD_##kind, .offset = offsetof(owner, member),          \
		.bytes = sizeof(((owner *)NULL)->member), .is_addition = true                                          \
	}

/* Where we are, for messages. */
struct json_place {
	const char *path;   /* the file */
	const char *within; /* an object of it, such as "findings.calls"; NULL: the file's own */
	struct report_error *error;
};

/**
 * json_wrong() - say what is wrong with a file
 * @place:	its error is set: "path: within.section.key: @right would be right"
 * @section:	NULL: none
 * @key:	where; NULL: all of it
 * @right:	what would be right
 *
 * Return: -EINVAL.
 */
int json_wrong(const struct json_place *place, const char *section, const char *key, const char *right);

/**
 * json_get_number() - an integer of an object
 * json_get_unsigned_text() - a number that is written as a string
 * json_get_word() - a word of a table
 * @object:	anything; what is no object has no members
 * @key:	member
 * @min:	least value
 * @max:	greatest value
 * @base:	10; or 0: "0x..." is a number, too
 * @words:	the table
 * @ret_number:	written only on success
 *
 * Return: true, or false when there is no such member, or when it is something else.
 */
bool json_get_number(const json_t *object, const char *key, json_int_t min, json_int_t max, json_int_t *ret_number);
bool json_get_unsigned_text(const json_t *object, const char *key, int base, uint64_t *ret_number);
bool json_get_word(const json_t *object, const char *key, const struct json_words *words, unsigned int *ret_number);

/**
 * json_fields_write() - a struct into an object
 * @root:	sections are made in it where they are missing
 * @fields:	@count rows
 * @count:	how many
 * @source:	the struct
 *
 * Return: 0 or -ENOMEM.
 */
int json_fields_write(json_t *root, const struct json_field *fields, size_t count, const void *source);

/**
 * json_fields_read() - a struct from an object
 * @place:	its error is written on failure
 * @root:	anything
 * @fields:	@count rows
 * @count:	how many
 * @target:	the struct; each text is malloc'ed, an old one is freed; partly filled on failure
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int json_fields_read(const struct json_place *place, const json_t *root, const struct json_field *fields, size_t count,
		     void *target);
