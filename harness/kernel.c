/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepared kernels are kept in $XDG_CACHE_HOME/looprace/prepared, one folder for each combination of kernel, modules
 * and loop.ko; vm/prepare-kernel looks itself whether the files behind them have changed.
 */
#include "harness/kernel.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/interrupt.h"
#include "harness/report/files.h"
#include "harness/script.h"

#define KERNEL_INFO_BYTES_MAX (64u << 10)

static char *cache_dir(void)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *path;

	if (cache && cache[0] == '/') {
		if (asprintf(&path, "%s/looprace", cache) < 0)
			return NULL;
	} else if (asprintf(&path, "%s/.cache/looprace", home && home[0] == '/' ? home : "/root") < 0) {
		return NULL;
	}
	return path;
}

/* FNV-1a: the name of a cache folder needs no more than to differ. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001b3u;
	return (hash ^ 0xff) * 0x100000001b3u;
}

static char *prepared_dir(const struct options *options, const char *kernel_path)
{
	uint64_t hash = 0xcbf29ce484222325u;
	char *cache = cache_dir();
	char *path = NULL;

	hash = hash_text(hash, kernel_path);
	hash = hash_text(hash, options->modules_dir);
	hash = hash_text(hash, options->loop_module);
	if (cache && asprintf(&path, "%s/prepared/%016llx", cache, (unsigned long long)hash) < 0)
		path = NULL;
	free(cache);
	return path;
}

/* "6.1" is a series, "6.1.192-2" a package's version, "kasan-6.12" a debug kernel. */
const char *kernel_script(const char *name)
{
	size_t flavour_bytes = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
	const char *series = flavour_bytes && name[flavour_bytes] == '-' ? name + flavour_bytes + 1 : name;

	if (strchr(name, '/') || series[0] < '0' || series[0] > '9' || access(name, F_OK) == 0)
		return NULL;
	if (series != name)
		return series[strspn(series, "0123456789.")] == '\0' ? "build-kernel" : NULL;
	return name[strspn(name, "0123456789.")] == '\0' || strchr(name, '-') ? "fetch-kernel" : NULL;
}

static int run_vm_script(const struct kernel_request *request, const char *script, const char *const *arguments,
			 char **ret_line)
{
	char *argv[12] = { NULL };
	unsigned int count = 1;
	int r;

	if (asprintf(&argv[0], "%s/%s", request->paths->vm_dir, script) < 0)
		return -ENOMEM;
	/* execv() wants char *const *, but changes nothing. */
	for (; *arguments; arguments++)
		argv[count++] = (char *)(uintptr_t)*arguments;
	r = script_run(argv, request->wants_stop, request->context, ret_line);
	if (r < 0 && r != -ECANCELED)
		fprintf(stderr, "looprace run: %s: %s\n", argv[0], strerror(-r));
	free(argv[0]);
	return r;
}

int kernel_check_emulator(const struct options *options, const struct paths *paths)
{
	const struct kernel_request request = { .paths = paths, .wants_stop = interrupt_was_asked };
	char *line = NULL;
	int r = run_vm_script(&request, "boot", (const char *const[]){ "--check", "--accel", options->accel, NULL },
			      &line);

	if (r == 0)
		free(line);
	return r;
}

static int find_path(const char *name, char **ret_path)
{
	char *path = realpath(name, NULL);

	if (!path) {
		fprintf(stderr,
			"looprace run: --kernel: %s: %s; a kernel image, a kernel build tree, a series such as 6.1, a "
			"version such as 6.1.192-2 or a debug kernel such as kasan-6.12 would be right\n",
			name, strerror(errno));
		return 2;
	}
	*ret_path = path;
	return 0;
}

/* A package's version can be asked for; of a debug kernel there is only the newest build, or the one that is cached. */
static int find_folder(const struct kernel_request *request, const char *script, char **ret_folder)
{
	const char *version = request->wanted ? request->wanted->version : NULL;
	char *cache;
	char *folder = NULL;

	if (!version || strcmp(script, "fetch-kernel") == 0)
		return run_vm_script(request, script, (const char *const[]){ version ? version : request->name, NULL },
				     ret_folder);
	cache = cache_dir();
	if (!cache || asprintf(&folder, "%s/kernels/%s", cache, version) < 0)
		folder = NULL;
	free(cache);
	if (!folder)
		return -ENOMEM;
	if (access(folder, F_OK) < 0) {
		free(folder);
		return 2;
	}
	*ret_folder = folder;
	return 0;
}

/* @ret_version stays NULL for a path. */
static int find_image(const struct kernel_request *request, char **ret_path, char **ret_version)
{
	const char *script = kernel_script(request->name);
	const char *slash;
	char *folder = NULL;
	char *version;
	char *path;
	int r;

	if (!script)
		return find_path(request->name, ret_path);
	r = find_folder(request, script, &folder);
	if (r != 0)
		return r;
	slash = folder ? strrchr(folder, '/') : NULL;
	version = slash ? strdup(slash + 1) : NULL;
	r = version && asprintf(&path, "%s/vmlinuz", folder) >= 0 ? 0 : -ENOMEM;
	free(folder);
	if (r < 0) {
		free(version);
		return r;
	}
	*ret_path = path;
	*ret_version = version;
	return 0;
}

static int prepare_image(const struct kernel_request *request, const char *image, const char *dir)
{
	const struct options *options = request->options;
	const char *arguments[7] = { NULL };
	unsigned int count = 0;
	char *line = NULL;
	int r;

	if (options->modules_dir) {
		arguments[count++] = "--modules";
		arguments[count++] = options->modules_dir;
	}
	if (options->loop_module) {
		arguments[count++] = "--loop-module";
		arguments[count++] = options->loop_module;
	}
	arguments[count++] = image;
	arguments[count++] = dir;
	r = run_vm_script(request, "prepare-kernel", arguments, &line);
	if (r == 0)
		free(line);
	return r;
}

/* The value of a key; "" is none.  Return: 0, -ENOENT, or -ENOMEM. */
static int copy_value(const struct kernel *kernel, const char *key, char **ret_value)
{
	size_t key_bytes = strlen(key);
	const char *line = kernel->info;

	while (line && (strncmp(line, key, key_bytes) != 0 || line[key_bytes] != '=')) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (!line || strcspn(line + key_bytes + 1, "\n") == 0)
		return -ENOENT;
	line += key_bytes + 1;
	*ret_value = strndup(line, strcspn(line, "\n"));
	return *ret_value ? 0 : -ENOMEM;
}

static int read_info(struct kernel *kernel)
{
	struct kernel_identity *identity = &kernel->identity;
	struct report_error error;
	int r = file_read(kernel->prepared_dir, "kernel.info", KERNEL_INFO_BYTES_MAX, &kernel->info,
			  &kernel->info_bytes, &error);

	if (r < 0) {
		fprintf(stderr, "looprace run: %s\n", error.text);
		return r;
	}
	r = copy_value(kernel, "release", &identity->release);
	if (r < 0)
		return r == -ENOENT ? -EPROTO : r;
	if (copy_value(kernel, "image_sha256", &identity->image_sha256) == -ENOMEM ||
	    copy_value(kernel, "loop_sha256", &identity->loop_sha256) == -ENOMEM)
		return -ENOMEM;
	return 0;
}

/* --- the one that is wanted --- */

static bool is_same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* What it is now, and what it was. */
static int check_wanted(const struct kernel_request *request, const struct kernel_identity *found)
{
	const struct kernel_identity *wanted = request->wanted;
	const char *what = NULL;

	if (wanted && !is_same_text(found->image_sha256, wanted->image_sha256))
		what = "kernel image";
	else if (wanted && !is_same_text(found->loop_sha256, wanted->loop_sha256))
		what = "loop driver";
	if (!what)
		return 0;
	fprintf(stderr,
		"looprace run: --kernel %s: another %s than when the run began (then %s, now %s); a new run would be "
		"right, or that %s where it was\n",
		request->name, what, wanted->version ? wanted->version : wanted->release,
		found->version ? found->version : found->release, what);
	return 2;
}

static void tell_missing(const struct kernel_request *request)
{
	if (request->wanted)
		fprintf(stderr,
			"looprace run: --kernel %s: it was %s when the run began, and that cannot be had now; a new "
			"run would be right\n",
			request->name, request->wanted->version ? request->wanted->version : request->wanted->release);
}

int kernel_prepare(const struct kernel_request *request, struct kernel *ret_kernel)
{
	struct kernel kernel = { .name = request->name };
	char *image;
	int r = find_image(request, &image, &kernel.identity.version);

	if (r != 0) {
		if (r > 0)
			tell_missing(request);
		return r;
	}
	kernel.prepared_dir = prepared_dir(request->options, image);
	r = kernel.prepared_dir ? prepare_image(request, image, kernel.prepared_dir) : -ENOMEM;
	free(image);
	if (r == 0)
		r = read_info(&kernel);
	if (r == 0)
		r = check_wanted(request, &kernel.identity);
	if (r != 0) {
		kernel_fini(&kernel);
		return r;
	}
	*ret_kernel = kernel;
	return 0;
}

void kernel_identity_fini(struct kernel_identity *identity)
{
	free(identity->version);
	free(identity->release);
	free(identity->image_sha256);
	free(identity->loop_sha256);
	*identity = (struct kernel_identity){ .version = NULL };
}

void kernel_fini(struct kernel *kernel)
{
	kernel_identity_fini(&kernel->identity);
	free(kernel->prepared_dir);
	free(kernel->info);
	memset(kernel, 0, sizeof(*kernel));
}
