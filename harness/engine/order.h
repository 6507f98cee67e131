/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of labelled lines across workers, for scenarios that want one certain interleaving:
 *
 *	attacher:  bind: set_fd ───────┐ passed
 *	opener:    after attacher.bind │──> open
 *
 * Each label counts how often a worker has run its line.  All workers begin each round together, so in round r everybody
 * of the group has passed when the count is r times the group's size; the count never goes back.  Waits are futex waits.
 */
#pragma once

#include "harness/scenario/scenario.h"

#include <stdatomic.h>

struct order {
	struct {
		_Atomic uint32_t passed_count; /* a worker adds 1 when it has run the line */
		uint32_t worker_count;	       /* of the label's group */
	} labels[SCENARIO_LABEL_COUNT_MAX];
	_Atomic uint32_t is_abandoned;
};

/**
 * order_init() - before the workers start
 * @order:	shared by all
 * @scenario:	whose labels
 */
void order_init(struct order *order, const struct scenario *scenario);

/**
 * order_pass() - a worker has run a labelled line
 * @order:	shared by all
 * @label:	row of scenario.labels
 */
void order_pass(struct order *order, unsigned int label);

/**
 * order_wait() - until all workers of the label's group have run the line in this round
 * @order:	shared by all
 * @label:	row of scenario.labels
 * @round:	of the worker, from 1
 *
 * Return: true; false when the run was abandoned: they will not come.
 */
bool order_wait(struct order *order, unsigned int label, uint64_t round);

/**
 * order_abandon() - end all waits for good
 * @order:	shared by all
 */
void order_abandon(struct order *order);
