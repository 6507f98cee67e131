/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of fields; see json_fields.h.  Nothing that a file holds is believed before its type and its range fit. */
#include "harness/report/json_fields.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- members of any size --- */

static uint64_t load_unsigned(const void *member, size_t bytes)
{
	switch (bytes) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		return *(const uint16_t *)member;
	case 4:
		return *(const uint32_t *)member;
	default:
		return *(const uint64_t *)member;
	}
}

static void store_unsigned(void *member, size_t bytes, uint64_t number)
{
	switch (bytes) {
	case 1:
		*(uint8_t *)member = (uint8_t)number;
		break;
	case 2:
		*(uint16_t *)member = (uint16_t)number;
		break;
	case 4:
		*(uint32_t *)member = (uint32_t)number;
		break;
	default:
		*(uint64_t *)member = number;
	}
}

/* --- writing --- */

static json_t *field_to_json(const struct json_field *field, const void *source)
{
	const void *member = (const char *)source + field->offset;

	switch (field->type) {
	case JSON_FIELD_TEXT:
		return json_text(*(char *const *)member);
	case JSON_FIELD_COUNT:
		return json_count(load_unsigned(member, field->bytes));
	case JSON_FIELD_INT:
		return json_integer(*(const int *)member);
	case JSON_FIELD_BOOL:
		return json_boolean(*(const bool *)member);
	case JSON_FIELD_IDENTITY:
		return json_identity(*(const uint64_t *)member);
	case JSON_FIELD_SEED:
		return json_seed(*(const uint64_t *)member);
	case JSON_FIELD_WORD:
		return json_text(field->words->word((unsigned int)load_unsigned(member, field->bytes)));
	}
	return NULL;
}

int json_fields_write(json_t *root, const struct json_field *fields, size_t count, const void *source)
{
	for (size_t i = 0; i < count; i++) {
		json_t *object = root;

		if (fields[i].section) {
			object = json_object_get(root, fields[i].section);
			if (!object && json_object_set_new(root, fields[i].section, object = json_object()) < 0)
				return -ENOMEM;
		}
		if (json_object_set_new(object, fields[i].key, field_to_json(&fields[i], source)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* --- reading --- */

int json_wrong(const struct json_place *place, const char *section, const char *key, const char *right)
{
	const char *const parts[] = { place->within, section, key };
	char where[128] = "";

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t length = strlen(where);

		if (parts[i])
			snprintf(where + length, sizeof(where) - length, "%s%s", length ? "." : "", parts[i]);
	}
	report_error_set(place->error, "%s: %s%s%s would be right", place->path, where, *where ? ": " : "", right);
	return -EINVAL;
}

bool json_get_number(const json_t *object, const char *key, json_int_t min, json_int_t max, json_int_t *ret_number)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
		return false;
	*ret_number = json_integer_value(value);
	return true;
}

bool json_get_unsigned_text(const json_t *object, const char *key, int base, uint64_t *ret_number)
{
	const char *text = json_string_value(json_object_get(object, key));
	unsigned long long number;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, base);
	if (errno != 0 || *end != '\0')
		return false;
	*ret_number = number;
	return true;
}

bool json_get_word(const json_t *object, const char *key, const struct json_words *words, unsigned int *ret_number)
{
	const char *text = json_string_value(json_object_get(object, key));

	for (unsigned int number = 0; text && number < words->count + words->has_unknown; number++) {
		if (strcmp(words->word(number), text) == 0) {
			*ret_number = number;
			return true;
		}
	}
	return false;
}

static int read_text(const struct json_place *place, const json_t *object, const struct json_field *field,
		     char **target)
{
	const json_t *value = json_object_get(object, field->key);
	char *copy;

	if (json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return json_wrong(place, field->section, field->key, "a string or null");
	copy = strdup(json_string_value(value));
	if (!copy) {
		report_error_set(place->error, "%s: %s", place->path, strerror(ENOMEM));
		return -ENOMEM;
	}
	free(*target);
	*target = copy;
	return 0;
}

static int read_count(const struct json_place *place, const json_t *object, const struct json_field *field,
		      void *target)
{
	json_int_t max = field->bytes == 8 ? INT64_MAX : (json_int_t)(((uint64_t)1 << (8 * field->bytes)) - 1);
	json_int_t number;

	if (!json_get_number(object, field->key, 0, max, &number))
		return json_wrong(place, field->section, field->key,
				  field->bytes == 1   ? "a number, 0 to 255,"
				  : field->bytes == 2 ? "a number, 0 to 65535,"
						      : "a number, 0 or more,");
	store_unsigned(target, field->bytes, (uint64_t)number);
	return 0;
}

static int field_from_json(const struct json_place *place, const json_t *object, const struct json_field *field,
			   void *target)
{
	const json_t *value = json_object_get(object, field->key);
	json_int_t number;
	unsigned int word;

	switch (field->type) {
	case JSON_FIELD_TEXT:
		return read_text(place, object, field, target);
	case JSON_FIELD_COUNT:
		return read_count(place, object, field, target);
	case JSON_FIELD_INT:
		if (!json_get_number(object, field->key, INT_MIN, INT_MAX, &number))
			return json_wrong(place, field->section, field->key, "a number");
		*(int *)target = (int)number;
		return 0;
	case JSON_FIELD_BOOL:
		if (!json_is_boolean(value))
			return json_wrong(place, field->section, field->key, "true or false");
		*(bool *)target = json_is_true(value);
		return 0;
	case JSON_FIELD_IDENTITY:
		if (!json_get_unsigned_text(object, field->key, 10, target))
			return json_wrong(place, field->section, field->key, "digits as a string, such as \"17\",");
		return 0;
	case JSON_FIELD_SEED:
		if (!json_get_unsigned_text(object, field->key, 0, target))
			return json_wrong(place, field->section, field->key, "a string such as \"0x1f\"");
		return 0;
	case JSON_FIELD_WORD:
		if (!json_get_word(object, field->key, field->words, &word))
			return json_wrong(place, field->section, field->key, field->words->right);
		store_unsigned(target, field->bytes, word);
		return 0;
	}
	return -EINVAL;
}

int json_fields_read(const struct json_place *place, const json_t *root, const struct json_field *fields, size_t count,
		     void *target)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const json_t *object = fields[i].section ? json_object_get(root, fields[i].section) : root;

		if (!json_is_object(object))
			return json_wrong(place, NULL, fields[i].section, "an object");
		if (fields[i].is_addition && !json_object_get(object, fields[i].key))
			continue;
		r = field_from_json(place, object, &fields[i], (char *)target + fields[i].offset);
	}
	return r;
}
