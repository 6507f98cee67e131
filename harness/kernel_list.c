/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the list with jansson; the names in it are borrowed until the row is made. */
#include "harness/kernel_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* A kernel of a distribution, and so no "kasan-6.12.117". */
struct listed {
	const char *version;
	const char *series; /* may be NULL */
};

struct listing {
	struct listed *kernels;
	long count;
};

/*
 * Where a name points to.  A release that nobody has packaged lies between two kernels, and which of them is meant depends
 * on which end of the row it is: the row holds all that the user has named, so it ends outside of the release.
 */
struct place {
	long first; /* as the older end; -1: older than all */
	long last;  /* as the newer end; the count: newer than all */
};

static int read_listing(const json_t *list, struct listing *ret_listing)
{
	struct listing listing = { .kernels = calloc(json_array_size(list) + 1, sizeof(*listing.kernels)) };

	if (!listing.kernels)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);
		const char *version = json_string_value(json_object_get(row, "version"));

		if (version && isdigit((unsigned char)version[0]))
			listing.kernels[listing.count++] =
				(struct listed){ version, json_string_value(json_object_get(row, "series")) };
	}
	*ret_listing = listing;
	return 0;
}

/* Compares the numbers before the package's own part: 6.12.90-1 is 6.12.90.  A number that is missing is 0. */
static int compare_releases(const char *a, const char *b)
{
	for (int i = 0; i < 3; i++) {
		unsigned long x = isdigit((unsigned char)*a) ? strtoul(a, (char **)&a, 10) : 0;
		unsigned long y = isdigit((unsigned char)*b) ? strtoul(b, (char **)&b, 10) : 0;

		if (x != y)
			return x < y ? -1 : 1;
		a += *a == '.';
		b += *b == '.';
	}
	return 0;
}

static struct place place_of_release(const struct listing *listing, const char *release)
{
	struct place place = { .first = -1, .last = listing->count };
	long older_count = 0;
	long equal_count = 0;

	for (long i = 0; i < listing->count; i++) {
		int order = compare_releases(listing->kernels[i].version, release);

		older_count += order < 0;
		equal_count += order == 0;
	}
	place.first = equal_count > 0 ? older_count : older_count - 1;
	place.last = equal_count > 0 ? older_count + equal_count - 1 : older_count;
	return place;
}

static int refuse(const struct listing *listing, const char *name, struct report_error *ret_error)
{
	struct place place = place_of_release(listing, name);

	if (isdigit((unsigned char)name[0]) && place.last < listing->count)
		report_error_set(ret_error, "%s: not in the list of kernels; %s is near", name,
				 listing->kernels[place.last].version);
	else
		report_error_set(ret_error,
				 "%s: not in the list of kernels; a series or version of looprace kernel list would be "
				 "right, or the kernels in their order as --kernel K",
				 name);
	return -EINVAL;
}

static int find(const struct listing *listing, const char *name, struct place *ret_place,
		struct report_error *ret_error)
{
	long newest_of_series = -1;

	for (long i = 0; i < listing->count; i++) {
		const struct listed *kernel = &listing->kernels[i];

		if (strcmp(kernel->version, name) == 0) {
			*ret_place = (struct place){ i, i };
			return 0;
		}
		if (kernel->series && strcmp(kernel->series, name) == 0)
			newest_of_series = i;
	}
	if (newest_of_series >= 0) {
		*ret_place = (struct place){ newest_of_series, newest_of_series };
		return 0;
	}
	if (listing->count == 0 || !strchr(name, '.') || name[strspn(name, "0123456789.")] != '\0')
		return refuse(listing, name, ret_error);
	*ret_place = place_of_release(listing, name);
	return 0;
}

static int append(struct kernel_row *row, const char *version)
{
	char **versions = reallocarray(row->versions, row->count + 1, sizeof(*versions));

	if (!versions)
		return -ENOMEM;
	row->versions = versions;
	versions[row->count] = strdup(version);
	return versions[row->count++] ? 0 : -ENOMEM;
}

static int fill(const struct listing *listing, long from, long to, struct kernel_row *row)
{
	int r = 0;

	for (long i = from; r == 0 && i != to + (from <= to ? 1 : -1); i += from <= to ? 1 : -1)
		r = append(row, listing->kernels[i].version);
	return r;
}

static int make_row(const struct listing *listing, const char *const names[2], struct kernel_row *row,
		    struct report_error *ret_error)
{
	struct place places[2];
	unsigned int older;
	long from, to;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < 2; i++)
		r = find(listing, names[i], &places[i], ret_error);
	if (r < 0)
		return r;
	older = places[0].first + places[0].last > places[1].first + places[1].last;
	from = places[older].first;
	to = places[!older].last;
	if (from < 0 || to >= listing->count) {
		report_error_set(ret_error, "%s: %s than all in the list of kernels; %s is the %s",
				 names[from < 0 ? older : !older], from < 0 ? "older" : "newer",
				 listing->kernels[from < 0 ? 0 : listing->count - 1].version,
				 from < 0 ? "oldest" : "newest");
		return -EINVAL;
	}
	if (from == to) {
		report_error_set(ret_error, "%s and %s are the same kernel; two different ones would be right",
				 names[0], names[1]);
		return -EINVAL;
	}
	row->is_descending = older != 0;
	r = fill(listing, row->is_descending ? to : from, row->is_descending ? from : to, row);
	if (r < 0)
		report_error_set(ret_error, "out of memory");
	return r;
}

int kernel_row_between(const char *list, size_t bytes, const char *from, const char *to, struct kernel_row *ret_row,
		       struct report_error *ret_error)
{
	struct kernel_row row = { .count = 0 };
	struct listing listing;
	json_error_t json_error;
	json_t *root = json_loadb(list, bytes, 0, &json_error);
	int r;

	if (!json_is_array(root)) {
		report_error_set(ret_error, "the list of kernels is no JSON array");
		json_decref(root);
		return -EPROTO;
	}
	r = read_listing(root, &listing);
	if (r == 0) {
		r = make_row(&listing, (const char *const[]){ from, to }, &row, ret_error);
		free(listing.kernels);
	} else {
		report_error_set(ret_error, "out of memory");
	}
	json_decref(root);
	if (r < 0) {
		kernel_row_fini(&row);
		return r;
	}
	*ret_row = row;
	return 0;
}

void kernel_row_fini(struct kernel_row *row)
{
	for (unsigned int i = 0; i < row->count; i++)
		free(row->versions[i]);
	free(row->versions);
	memset(row, 0, sizeof(*row));
}
