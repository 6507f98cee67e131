/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's side of the machine: what PID 1 of a virtual machine must do before it can race, and how it ends.
 *
 * Two rules give the functions their order.  The cell is read before the recorder is mapped: a machine may be saved
 * while it waits for its cell and be resumed many times with other cells, but QEMU cannot resume it once the recorder's
 * PCI device is enabled.  And modules are loaded after the start marker, so that a crash while loading counts.
 *
 * Everything here is for PID 1 alone.  In any other process, what would harm the machine of whoever tried it (mounts,
 * power-off, planted faults) is refused.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * guest_early_mounts() - /dev, /proc, /sys and a tmpfs on /run
 *
 * Also opens /dev/null for each of the descriptors 0 to 2 that the kernel left closed, so that no file of ours gets
 * such a number.  What is mounted already is left alone.
 *
 * Return: 0, -EPERM when this is not PID 1, or -errno.
 */
int guest_early_mounts(void);

/**
 * guest_mount_tmpfs() - a tmpfs of its own
 * @directory:	made when it is not there
 *
 * Return: 0, -EPERM when this is not PID 1, or -errno.
 */
int guest_mount_tmpfs(const char *directory);

/**
 * guest_mount_debugfs() - /sys/kernel/debug, where fault injection is told what to hit
 *
 * Return: 0, -EPERM when this is not PID 1, -ENODEV where the kernel has none, or another -errno.
 */
int guest_mount_debugfs(void);

/**
 * guest_taint() - has the kernel a taint
 * @ret_flags:	of /proc/sys/kernel/tainted; written only on success
 *
 * Return: 0 or -errno.
 */
int guest_taint(uint64_t *ret_flags);

/**
 * guest_set_console_level() - which messages reach the console
 * @level:	those of a lower level; 5: warnings and worse
 *
 * The driver logs each attach as a notice or below, and the serial port takes 0.6 MB/s at best: shown, they would set
 * the pace of the race.  They still are in the kernel's own buffer.
 *
 * Return: 0 or -errno.
 */
int guest_set_console_level(int level);

/**
 * guest_kmsg() - write a line into the kernel log
 * @line:	without a newline
 *
 * It is a warning, so that it reaches a console of level 5.  Nothing is said when it fails: there is nowhere to say it.
 */
void guest_kmsg(const char *line);

/**
 * guest_read_cell() - wait for the word that says what this machine is for
 * @ret_cell:	the content of QEMU's fw_cfg file opt/looprace/cell; written only on success
 * @cell_bytes:	room in @ret_cell
 *
 * As long as the word is "wait", it asks again each millisecond: there a machine can be saved for cloning.
 *
 * Return: 0, -ENODEV when this is no QEMU, -ENOENT when there is no such file, -E2BIG when the word has no room, or
 * -errno.
 */
int guest_read_cell(char *ret_cell, size_t cell_bytes);

/**
 * guest_map_recorder() - enable the ivshmem device and map its memory
 * @ret_memory:	mapped for good, shared with the host; written only on success
 * @ret_bytes:	its size; written only on success
 *
 * Only after guest_read_cell().  The mapping is write-combining where the machine honours that.
 *
 * Return: 0, -ENODEV when there is no such device, or -errno.
 */
int guest_map_recorder(void **ret_memory, size_t *ret_bytes);

/**
 * guest_load_modules() - load modules of /modules, in the order of a list
 * @list:	file in /modules: "order" has the loop driver, "order.ext4" the file system
 * @ret_failed:	name of the one that failed; written only on failure
 * @failed_bytes: room in @ret_failed
 *
 * loop.ko gets max_loop from the kernel's command line word looprace.devices; the kernel itself applies such words only
 * to what is built in.
 *
 * Return: 0, also when the list is empty because the driver is built in, -ENOENT without such a list, or -errno.
 */
int guest_load_modules(const char *list, char *ret_failed, size_t failed_bytes);

/**
 * guest_insert_module() - load one module of /modules, with the parameters that it had at boot
 * @name:	without .ko
 *
 * Return: 0, -ENOENT when it did not come with the guest, -EEXIST when it is loaded, or -errno.
 */
int guest_insert_module(const char *name);

/**
 * guest_remove_module() - remove a module, without waiting for its users
 * @name:	without .ko
 *
 * Return: 0, -ENOENT when it is not loaded (or built in), -EAGAIN when it is in use, or -errno.
 */
int guest_remove_module(const char *name);

/**
 * guest_command_line_number() - a number on the kernel's command line
 * @word:	such as "looprace.devices"
 * @ret_number:	of the last WORD=NUMBER; written only on success
 *
 * Return: 0, -ENOENT when the word is not there, -EINVAL when its value is no number, or -errno.
 */
int guest_command_line_number(const char *word, uint64_t *ret_number);

/**
 * guest_memory_kib() - the most memory that this process ever had resident
 *
 * Return: KiB, or 0 when the kernel does not tell.
 */
uint64_t guest_memory_kib(void);

/**
 * guest_power_off() - end the machine
 *
 * No sync: nothing in the guest outlives it, and the recorder is the host's own memory.  In a process that is not PID 1
 * it ends the process with status 2.
 */
_Noreturn void guest_power_off(void);

/**
 * guest_plant_panic() - crash the kernel, through sysrq
 * guest_plant_reboot() - restart the machine without a word, which ends QEMU
 *
 * For tests of the harness.
 *
 * Return: -EPERM when this is not PID 1, or -errno; on success they do not return.
 */
int guest_plant_panic(void);
int guest_plant_reboot(void);
