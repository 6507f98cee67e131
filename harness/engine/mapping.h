/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapped devices and files.  A page that cannot be had is a signal and not an error: the device behind it may have
 * gone, or the file may have been cut.  Loads and stores catch it in their own thread and say -EFAULT.
 *
 * The functions are those of struct system, for the running kernel.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * mapping_map() - map a range, shared, for reading and where the descriptor allows it for writing
 * mapping_unmap() - take it away
 * mapping_load() - copy out of it
 * mapping_store() - copy into it
 * @context:	not used; the others as in struct system
 *
 * Return: 0 or -errno (load and store: -EFAULT where a page cannot be had, or not be written to).
 */
int mapping_map(void *context, int fd, uint64_t length_bytes, uint64_t offset_bytes, void **ret_memory);
int mapping_unmap(void *context, void *memory, uint64_t length_bytes);
int mapping_load(void *context, const void *memory, void *buffer, size_t bytes);
int mapping_store(void *context, void *memory, const void *buffer, size_t bytes);
