/* SPDX-License-Identifier: Apache-2.0 */
/* Counting in /proc; see resources.h. */
#include "harness/engine/resources.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

static uint64_t count_entries(const char *path)
{
	DIR *folder = opendir(path);
	uint64_t count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return count;
}

/*
 * Up to v5.13 a bound device has a thread "loopN", since then a device that was ever bound has a workqueue of that name,
 * with a rescuer "loopN" or "kworker/R-loopN".  A plain kworker keeps the name of the last work that it did, whatever
 * became of the workqueue, so its name says nothing.
 */
static bool is_loop_thread(const char *comm)
{
	static const char rescuer[] = "kworker/R-";

	if (strncmp(comm, rescuer, strlen(rescuer)) == 0)
		comm += strlen(rescuer);
	return strncmp(comm, "loop", 4) == 0 && isdigit((unsigned char)comm[4]);
}

static bool read_comm(const char *process, char *ret_comm, size_t comm_bytes)
{
	char path[300];
	FILE *file;
	bool is_read;

	snprintf(path, sizeof(path), "/proc/%s/comm", process);
	file = fopen(path, "re");
	if (!file)
		return false;
	is_read = fgets(ret_comm, (int)comm_bytes, file) != NULL;
	fclose(file);
	return is_read;
}

static uint64_t count_loop_threads(void)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	uint64_t count = 0;
	char comm[80];

	while (folder && (entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]) && read_comm(entry->d_name, comm, sizeof(comm)))
			count += is_loop_thread(comm);
	if (folder)
		closedir(folder);
	return count;
}

void resources_count(struct resources *ret_resources)
{
	*ret_resources = (struct resources){
		.descriptor_count = count_entries("/proc/self/fd"),
		.loop_thread_count = count_loop_threads(),
	};
}

static void note(struct recorder *recorder, const char *name, uint64_t before, uint64_t after)
{
	recorder_note(recorder, "resource name=%s before=%llu after=%llu", name, (unsigned long long)before,
		      (unsigned long long)after);
}

void resources_note(struct recorder *recorder, const struct resources *before, const struct resources *after,
		    bool has_driver)
{
	note(recorder, "fds", before->descriptor_count, after->descriptor_count);
	if (!has_driver)
		note(recorder, "loop_threads", before->loop_thread_count, after->loop_thread_count);
}
