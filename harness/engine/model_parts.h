/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the loop driver inside the harness share; private to model_*.c.
 *
 * Everything hangs on one struct under one mutex, as the driver of v5.10 did it: a call is atomic unless a planted fault
 * opens a window in it.  A descriptor is a number that leads to an open file description, which is counted: by
 * descriptors, and by the device that it backs.  So a device that backs another one gains no opener, as in the kernel.
 */
#pragma once

#include "harness/engine/model_kernel.h"

#include <linux/blkpg.h>
#include <linux/loop.h>
#include <pthread.h>
#include <sys/stat.h>

#include "core/loop_uapi.h"

#define MODEL_DEVICE_COUNT_MAX	  (1 << 20) /* a minor number has 20 bits */
#define MODEL_DEVICES_BY_MODULE	  8	    /* CONFIG_BLK_DEV_LOOP_MIN_COUNT of most distributions */
#define MODEL_FD_COUNT_MAX	  16384
#define MODEL_FD_FIRST		  (1 << 20) /* far away from real ones */
#define MODEL_PARTITION_COUNT_MAX 16
#define MODEL_MOUNT_COUNT_MAX	  64
#define MODEL_NODE_COUNT_MAX	  256
#define MODEL_MAPPING_COUNT_MAX	  1024
#define MODEL_PATH_BYTES	  256
#define MODEL_SECTOR_BYTES	  512u
#define MODEL_PAGE_BYTES	  4096u
#define MODEL_BLOCK_BYTES_MAX	  4096u /* up to v6.15: a page */
#define MODEL_DEV		  0u	/* st_dev of all files */

/* An inode.  Files are never removed; their data is in pages, NULL where nothing was written. */
struct model_file {
	struct model_file *next;
	char path[MODEL_PATH_BYTES];
	enum backing_kind kind;
	uint64_t inode;
	uint64_t bytes;
	uint8_t **pages;
	uint64_t page_count;
	unsigned int description_count; /* open, also by a device that it backs */
};

/* An open file description: of a file, of a device or a partition, or of loop-control. */
struct model_description {
	unsigned int reference_count;
	int flags;		     /* O_* */
	struct model_file *file;     /* NULL: a device or loop-control */
	struct model_device *device; /* NULL: a file or loop-control */
	unsigned int partition;	     /* 0: the whole device */
	uint64_t partition_serial;   /* of that partition when it was opened */
	unsigned int pin_count;	     /* references that a planted fault never gives back */
	struct model_description *next_pinned;
};

struct model_partition {
	bool is_there;
	uint64_t serial; /* a partition that came later under the same number is another one */
	uint64_t start_bytes;
	uint64_t length_bytes;
	unsigned int opener_count; /* also of one that is gone */
	const struct model_description *holder;
};

enum model_state { MODEL_STATE_absent, MODEL_STATE_unbound, MODEL_STATE_bound };

struct model_device {
	int index;
	enum model_state state;
	struct model_description *backing; /* bound only: one of its references */
	uint64_t offset_bytes;
	uint64_t limit_bytes;
	uint64_t capacity_bytes;
	uint32_t flags; /* lo_flags */
	uint32_t block_bytes;
	char file_name[LO_NAME_SIZE];
	uint64_t diskseq;
	bool is_read_only;			/* BLKROGET: stays until the next bind */
	bool is_hidden;				/* lost by a planted fault: neither there nor absent */
	unsigned int opener_count;		/* of the whole device: descriptions and mounts */
	const struct model_description *holder; /* who has it O_EXCL */
	struct model_partition partitions[MODEL_PARTITION_COUNT_MAX + 1]; /* by number; 0 is unused */
	/* A write that a planted fault holds back. */
	uint8_t *delayed;
	uint64_t delayed_offset_bytes, delayed_bytes;
};

struct model_mapping {
	uint8_t *memory; /* its addresses stand for the range; NULL: free */
	uint64_t offset_bytes;
	uint64_t length_bytes;
	struct model_description *description;
	uint64_t diskseq; /* of the device when it was mapped */
};

struct model_mount {
	char target[MODEL_PATH_BYTES];
	struct model_description *description; /* NULL: free */
};

struct model_node {
	char path[MODEL_PATH_BYTES];
	unsigned int major, minor;
};

struct model_kernel {
	struct looprace_kernel door;
	struct system system;
	enum plant plant;
	pthread_mutex_t mutex; /* over everything below */
	bool is_unprivileged;  /* callers have no CAP_SYS_ADMIN */
	bool has_module;
	unsigned int module_pin_count;	  /* references that a planted fault never gives back */
	struct model_description *pinned; /* likewise */
	unsigned int control_opener_count;
	unsigned int initial_device_count;
	struct model_device **devices; /* MODEL_DEVICE_COUNT_MAX of them; NULL: was never there */
	int device_end;		       /* above the highest that was ever there */
	struct model_description *descriptors[MODEL_FD_COUNT_MAX];
	unsigned int free_slot; /* no lower one is free */
	struct model_file *files;
	uint64_t last_inode;
	uint64_t last_diskseq;
	uint64_t last_serial;
	uint64_t last_seqnum;
	struct model_mapping mappings[MODEL_MAPPING_COUNT_MAX];
	struct model_mount mounts[MODEL_MOUNT_COUNT_MAX];
	struct model_node nodes[MODEL_NODE_COUNT_MAX];
	unsigned int node_count;
	uint64_t strike_count; /* for planted faults that strike now and then */
	model_kernel_hear_fn *hear;
	void *hear_context;
};

/*
 * All functions below are called with the mutex held.  They return 0 or what the system call would, or -errno.
 */

/* --- model_memory.c: the caller's memory, which may not be there --- */
int model_copy_in(void *to, uintptr_t from, size_t bytes);
int model_copy_out(uintptr_t to, const void *from, size_t bytes);

/* --- model_descriptor.c --- */
struct model_description *model_description_of(const struct model_kernel *model, int fd);
/* For a device whose backing it is to become; end it with model_description_put(). */
struct model_description *model_description_get(struct model_description *description);
void model_description_put(struct model_kernel *model, struct model_description *description);
int model_open_path(struct model_kernel *model, const char *path, int flags);
/* Without a descriptor, as mount() does it. */
int model_open_device(struct model_kernel *model, struct model_device *device, unsigned int partition, int flags,
		      struct model_description **ret_description);
int model_dup_fd(struct model_kernel *model, int fd);
int model_close_fd(struct model_kernel *model, int fd);
int model_stat_fd(struct model_kernel *model, int fd, struct stat *ret_stat);
/* N and M of loopNpM, M 0 for the whole; false: not such a name. */
bool model_parse_device_name(const char *name, int *ret_index, unsigned int *ret_partition);

/* --- model_file.c --- */
struct model_file *model_file_find(const struct model_kernel *model, const char *path);
void model_file_read(const struct model_file *file, void *buffer, uint64_t bytes, uint64_t offset_bytes);
/* Makes the file longer where that is needed; @buffer NULL writes zeros. */
int model_file_write(struct model_file *file, const void *buffer, uint64_t bytes, uint64_t offset_bytes);
int model_file_truncate(struct model_file *file, uint64_t bytes);
struct model_file *model_file_free(struct model_file *file);

/* --- model_device.c --- */
struct model_device *model_device_at(const struct model_kernel *model, int index); /* NULL: absent */
int model_device_add(struct model_kernel *model, int index);
void model_device_delete(struct model_kernel *model, struct model_device *device);
unsigned int model_device_opener_count(const struct model_device *device);
bool model_device_has_holder(const struct model_device *device);
void model_device_closed(struct model_kernel *model, struct model_device *device);
void model_device_tear_down(struct model_kernel *model, struct model_device *device);
int model_device_clear(struct model_kernel *model, struct model_device *device);
struct model_bind {
	int fd;
	uint32_t block_bytes;
	struct loop_info64 info;
};
int model_device_bind(struct model_kernel *model, const struct model_description *caller,
		      const struct model_bind *bind);
int model_device_change_fd(struct model_kernel *model, struct model_device *device, int fd);
int model_device_set_status(struct model_kernel *model, struct model_device *device, const struct loop_info64 *info);
int model_device_get_status(const struct model_kernel *model, const struct model_device *device,
			    struct loop_info64 *ret_info);
int model_device_set_capacity(struct model_kernel *model, struct model_device *device);
int model_device_set_direct_io(struct model_device *device, bool wants);
int model_device_set_block_size(struct model_device *device, uint64_t bytes);
uint64_t model_backing_bytes(const struct model_description *backing);

/* --- model_ioctl.c --- */
int model_ioctl_fd(struct model_kernel *model, int fd, unsigned long request, uintptr_t argument, bool is_compat);

/* --- model_control.c --- */
int model_control_ioctl(struct model_kernel *model, unsigned long request, int index);
int model_module_insert(struct model_kernel *model, const char *name);
int model_module_remove(struct model_kernel *model, const char *name);

/* --- model_io.c --- */
int model_io_fd(struct model_kernel *model, enum system_io io, int fd, void *buffer, uint64_t length_bytes,
		uint64_t offset_bytes);
/* Of a device, from byte to byte; the caller has looked at its size and its state. */
int model_device_read(struct model_kernel *model, struct model_device *device, void *buffer, uint64_t bytes,
		      uint64_t offset_bytes);
int model_device_write(struct model_kernel *model, struct model_device *device, const void *buffer, uint64_t bytes,
		       uint64_t offset_bytes);
int model_map_fd(struct model_kernel *model, int fd, uint64_t length_bytes, uint64_t offset_bytes, void **ret_memory);
int model_unmap(struct model_kernel *model, void *memory);
int model_touch(struct model_kernel *model, const void *memory, void *buffer, size_t bytes, bool is_store);
uint64_t model_description_bytes(const struct model_description *description);

/* --- model_partition.c --- */
int model_partition_ioctl(struct model_kernel *model, const struct model_description *caller, uintptr_t argument);
int model_partition_reread(struct model_kernel *model, const struct model_description *caller);
void model_partition_scan(struct model_kernel *model, struct model_device *device);
void model_partition_drop_all(struct model_kernel *model, struct model_device *device);
/* Does the partition that was opened still exist?  True for the whole device. */
bool model_partition_is_live(const struct model_description *description);

/* --- model_event.c --- */
enum model_event_kind { MODEL_EVENT_plain, MODEL_EVENT_resize, MODEL_EVENT_media_change };
void model_event(struct model_kernel *model, const char *action, const struct model_device *device,
		 unsigned int partition, enum model_event_kind kind);

/* --- model_sysfs.c --- */
int model_sysfs_read(struct model_kernel *model, const char *path, char *ret_text, size_t text_bytes);
int model_exists(struct model_kernel *model, const char *path);

/* --- model_mount.c --- */
int model_mount(struct model_kernel *model, const char *source, const char *target, const char *type,
		unsigned long flags);
int model_unmount(struct model_kernel *model, const char *target);

/* --- model_inject.c: without the mutex, of the calling thread --- */
int model_inject_open(void *context, enum injection_kind kind, unsigned int percent);
int model_inject_set(void *context, int fd, unsigned int value);
int model_inject_close(void *context, int fd);
/* A place at which the real driver asks for memory: 0, or -ENOMEM where the caller wants that. */
int model_allocate(void);

/* --- model_fault.c --- */
/* Others may enter the driver for a while: the mutex is given away and taken again. */
void model_open_window(struct model_kernel *model);
/* Keeps the caller's reference until the end of the model. */
void model_pin(struct model_kernel *model, struct model_description *description);
void model_unpin_all(struct model_kernel *model);
/* Gives the mutex away and never comes back. */
void model_block_forever(struct model_kernel *model) __attribute__((noreturn));
