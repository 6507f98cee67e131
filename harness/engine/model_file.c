/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backing files of the driver inside the harness: bytes in pages, and holes that read as zeros.
 *
 * There is no page cache: what is written is there at once, for the file and for every device that it backs.
 */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file holds no data behind this; a wild write is refused as a file system refuses it. */
#define DATA_BYTES_MAX (UINT64_C(4) << 30)

struct model_file *model_file_find(const struct model_kernel *model, const char *path)
{
	struct model_file *file = model->files;

	while (file && strcmp(file->path, path) != 0)
		file = file->next;
	return file;
}

int model_kernel_add_file(struct model_kernel *model, const char *path, enum backing_kind kind, uint64_t bytes)
{
	struct model_file *file;
	int r = 0;

	if (strlen(path) >= sizeof(file->path))
		return -ENAMETOOLONG;
	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	strcpy(file->path, path);
	file->kind = kind;
	file->bytes = kind == BACKING_KIND_file ? bytes : 0;
	pthread_mutex_lock(&model->mutex);
	if (model_file_find(model, path)) {
		r = -EEXIST;
	} else {
		file->inode = ++model->last_inode;
		file->next = model->files;
		model->files = file;
		file = NULL;
	}
	pthread_mutex_unlock(&model->mutex);
	free(file);
	return r;
}

static uint64_t min(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

void model_file_read(const struct model_file *file, void *buffer, uint64_t bytes, uint64_t offset_bytes)
{
	uint8_t *to = buffer;

	while (bytes > 0) {
		uint64_t page = offset_bytes / MODEL_PAGE_BYTES, in_page = offset_bytes % MODEL_PAGE_BYTES;
		uint64_t part = min(bytes, MODEL_PAGE_BYTES - in_page);

		if (page < file->page_count && file->pages[page])
			memcpy(to, file->pages[page] + in_page, part);
		else
			memset(to, 0, part);
		to += part;
		offset_bytes += part;
		bytes -= part;
	}
}

/* The page, made when it is not there; NULL without memory. */
static uint8_t *page_at(struct model_file *file, uint64_t page)
{
	if (page >= file->page_count) {
		uint64_t page_count = page + 1 > 2 * file->page_count ? page + 1 : 2 * file->page_count;
		uint8_t **pages = realloc(file->pages, page_count * sizeof(*pages));

		if (!pages)
			return NULL;
		memset(pages + file->page_count, 0, (page_count - file->page_count) * sizeof(*pages));
		file->pages = pages;
		file->page_count = page_count;
	}
	if (!file->pages[page])
		file->pages[page] = calloc(1, MODEL_PAGE_BYTES);
	return file->pages[page];
}

int model_file_write(struct model_file *file, const void *buffer, uint64_t bytes, uint64_t offset_bytes)
{
	const uint8_t *from = buffer;

	if (bytes > DATA_BYTES_MAX || offset_bytes > DATA_BYTES_MAX - bytes)
		return buffer ? -EFBIG : 0;
	if (offset_bytes + bytes > file->bytes)
		file->bytes = offset_bytes + bytes;
	while (bytes > 0) {
		uint64_t page = offset_bytes / MODEL_PAGE_BYTES, in_page = offset_bytes % MODEL_PAGE_BYTES;
		uint64_t part = min(bytes, MODEL_PAGE_BYTES - in_page);

		if (from) {
			uint8_t *to = page_at(file, page);

			if (!to)
				return -ENOSPC;
			memcpy(to + in_page, from, part);
			from += part;
		} else if (page < file->page_count && file->pages[page]) {
			memset(file->pages[page] + in_page, 0, part);
		}
		offset_bytes += part;
		bytes -= part;
	}
	return 0;
}

int model_file_truncate(struct model_file *file, uint64_t bytes)
{
	uint64_t kept_pages = (bytes + MODEL_PAGE_BYTES - 1) / MODEL_PAGE_BYTES;

	if (bytes > INT64_MAX)
		return -EINVAL;
	for (uint64_t page = kept_pages; page < file->page_count; page++) {
		free(file->pages[page]);
		file->pages[page] = NULL;
	}
	/* What is left of the last page comes back as zeros when the file grows again. */
	if (bytes % MODEL_PAGE_BYTES && kept_pages && kept_pages <= file->page_count && file->pages[kept_pages - 1])
		memset(file->pages[kept_pages - 1] + bytes % MODEL_PAGE_BYTES, 0,
		       MODEL_PAGE_BYTES - bytes % MODEL_PAGE_BYTES);
	file->bytes = bytes;
	return 0;
}

struct model_file *model_file_free(struct model_file *file)
{
	if (file) {
		for (uint64_t page = 0; page < file->page_count; page++)
			free(file->pages[page]);
		free(file->pages);
		free(file);
	}
	return NULL;
}
