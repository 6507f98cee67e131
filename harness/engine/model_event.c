/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uevents of the driver inside the harness, as the kernel's netlink socket would tell them: "ACTION@DEVPATH", then
 * KEY=VALUE lines, each ended by a NUL.  Whoever listens is called with the mutex held, so events come in their order.
 */
#include "harness/engine/model_parts.h"

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_BYTES 512

struct message {
	char text[MESSAGE_BYTES];
	size_t bytes; /* with the last NUL */
};

__attribute__((format(printf, 2, 3))) static void add_line(struct message *message, const char *format, ...)
{
	size_t room = sizeof(message->text) - message->bytes;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(message->text + message->bytes, room, format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length < room)
		message->bytes += (size_t)length + 1;
}

void model_event(struct model_kernel *model, const char *action, const struct model_device *device,
		 unsigned int partition, enum model_event_kind kind)
{
	struct message message = { .bytes = 0 };
	char path[96], name[32];

	model->last_seqnum++;
	if (!model->hear)
		return;
	if (partition) {
		snprintf(name, sizeof(name), "loop%dp%u", device->index, partition);
		snprintf(path, sizeof(path), "/devices/virtual/block/loop%d/%s", device->index, name);
	} else {
		snprintf(name, sizeof(name), "loop%d", device->index);
		snprintf(path, sizeof(path), "/devices/virtual/block/%s", name);
	}
	add_line(&message, "%s@%s", action, path);
	add_line(&message, "ACTION=%s", action);
	add_line(&message, "DEVPATH=%s", path);
	add_line(&message, "SUBSYSTEM=block");
	if (kind == MODEL_EVENT_resize)
		add_line(&message, "RESIZE=1");
	if (kind == MODEL_EVENT_media_change)
		add_line(&message, "DISK_MEDIA_CHANGE=1");
	add_line(&message, "MAJOR=%u", partition ? 259u : 7u);
	add_line(&message, "MINOR=%llu",
		 (unsigned long long)(partition ? device->partitions[partition].serial : (uint64_t)device->index));
	add_line(&message, "DEVNAME=%s", name);
	add_line(&message, "DEVTYPE=%s", partition ? "partition" : "disk");
	add_line(&message, "DISKSEQ=%llu", (unsigned long long)device->diskseq);
	if (partition)
		add_line(&message, "PARTN=%u", partition);
	add_line(&message, "SEQNUM=%llu", (unsigned long long)model->last_seqnum);
	model->hear(model->hear_context, message.text, message.bytes);
}
