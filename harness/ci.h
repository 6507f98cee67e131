/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PURE: the configuration of a CI service that runs a matrix in shards, a job each, and puts their results together in
 * a last one.
 *
 * The steps are plain shell, told their shard by variables, so that they can be tried without the service.  A shard
 * does not fail for a violation: it leaves its evidence, and the last job fails by the merged report, which is the one
 * place to look at.
 */
#pragma once

#include <stddef.h>

/* X(name, where its file belongs) */
#define LOOPRACE_CI_SERVICES(X)                                                                                        \
	X(github, ".github/workflows/looprace.yml")                                                                    \
	X(gitlab, ".gitlab-ci.yml")

enum ci_service {
#define X(name, path) CI_SERVICE_##name,
	LOOPRACE_CI_SERVICES(X)
#undef X
};

struct ci_request {
	enum ci_service service;
	unsigned int shard_count;
	const char *made_by;  /* the command that prints the same again */
	const char *arguments; /* of looprace run, quoted for a shell */
	int has_seed;	       /* else the number of the pipeline is the seed: the same in all shards, another each time */
};

/**
 * ci_refusal() - can these words stand in the file
 * @text:	quoted for a shell
 *
 * Return: NULL, or what is wrong with them: line breaks, and what a service would replace.
 */
const char *ci_refusal(const char *text);

/**
 * ci_emit() - the file
 * @request:	what to run
 *
 * Return: malloc'ed YAML, NULL when memory is short.
 */
char *ci_emit(const struct ci_request *request);
