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

static int find_image(const struct kernel_request *request, char **ret_path)
{
	const char *name = request->name;
	const char *script = kernel_script(name);
	char *line = NULL;
	char *path;
	int r;

	if (!script) {
		path = realpath(name, NULL);
		if (!path) {
			fprintf(stderr,
				"looprace run: --kernel: %s: %s; a kernel image, a kernel build tree, a series "
				"such as 6.1, a version such as 6.1.192-2 or a debug kernel such as kasan-6.12 would "
				"be "
				"right\n",
				name, strerror(errno));
			return 2;
		}
		*ret_path = path;
		return 0;
	}
	r = run_vm_script(request, script, (const char *const[]){ name, NULL }, &line);
	if (r != 0)
		return r;
	r = line && asprintf(&path, "%s/vmlinuz", line) >= 0 ? 0 : -ENOMEM;
	free(line);
	if (r == 0)
		*ret_path = path;
	return r;
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

static int read_info(struct kernel *kernel)
{
	struct report_error error;
	const char *release;
	int r = file_read(kernel->prepared_dir, "kernel.info", KERNEL_INFO_BYTES_MAX, &kernel->info,
			  &kernel->info_bytes, &error);

	if (r < 0) {
		fprintf(stderr, "looprace run: %s\n", error.text);
		return r;
	}
	release = strncmp(kernel->info, "release=", 8) == 0 ? kernel->info : strstr(kernel->info, "\nrelease=");
	if (!release)
		return -EPROTO;
	release = strchr(release, '=') + 1;
	kernel->release = strndup(release, strcspn(release, "\n"));
	return kernel->release ? 0 : -ENOMEM;
}

int kernel_prepare(const struct kernel_request *request, struct kernel *ret_kernel)
{
	struct kernel kernel = { .name = request->name };
	char *image;
	int r = find_image(request, &image);

	if (r != 0)
		return r;
	kernel.prepared_dir = prepared_dir(request->options, image);
	r = kernel.prepared_dir ? prepare_image(request, image, kernel.prepared_dir) : -ENOMEM;
	free(image);
	if (r == 0)
		r = read_info(&kernel);
	if (r != 0) {
		kernel_fini(&kernel);
		return r;
	}
	*ret_kernel = kernel;
	return 0;
}

void kernel_fini(struct kernel *kernel)
{
	free(kernel->prepared_dir);
	free(kernel->release);
	free(kernel->info);
	memset(kernel, 0, sizeof(*kernel));
}
