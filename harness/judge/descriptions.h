/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open file descriptions of devices: from which open() to which last close().  While a device has another one open, the
 * close of one flushes nothing.
 */
#pragma once

#include "harness/recorder/history.h"

struct description {
	uint32_t file; /* its number */
	unsigned int worker;
	int device_index;
	uint8_t partition;
	const struct recorder_record *open;
	const struct recorder_record *close; /* the last one; NULL: none is known */
	uint64_t call_ns;		     /* of the open */
	uint64_t end_ns;		     /* when the last close returned; UINT64_MAX: not known */
	uint64_t latest_end_ns;	     /* of this description and all of the device's that were opened before it */
	uint64_t next_latest_end_ns; /* the same without the one that is latest */
};

struct descriptions {
	uint64_t count;
	struct description *descriptions; /* by device, then call_ns */
	uint32_t *by_file;		  /* positions, by file */
};

/**
 * descriptions_init() - read them out of a history
 * @history:	an open history
 * @ret_descriptions: end them with descriptions_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int descriptions_init(const struct history *history, struct descriptions *ret_descriptions);

/**
 * descriptions_fini() - end them
 * @descriptions: all zero afterwards
 */
void descriptions_fini(struct descriptions *descriptions);

/**
 * descriptions_find() - by number
 * @descriptions: of a history
 * @file:	number of an open file description
 *
 * Return: it, or NULL when its open() is not in the history.
 */
const struct description *descriptions_find(const struct descriptions *descriptions, uint32_t file);

/**
 * descriptions_is_alone() - is nobody else's description of the device open
 * @descriptions: of a history
 * @description: one that is closed
 *
 * Return: true when while its close() ran no other one of the same device, or of its partitions, can have been open.
 */
bool descriptions_is_alone(const struct descriptions *descriptions, const struct description *description);
