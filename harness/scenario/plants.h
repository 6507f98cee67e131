/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The faults that the loop driver inside the harness can be told to have, once: X(name, rule that catches it, summary).
 *
 * `plant = NAME` takes one of these words; the model kernel acts on it, and tests/faults has a scenario for each row.
 * The rule is a word here, because the rules belong to the judge, which knows scenarios and not the reverse.
 */
#pragma once

/* clang-format off */
#define LOOPRACE_PLANTS(X)                                                                                             \
	X(unchecked_bind, exclusive_bind, "between its check and its bind it lets others in")                           \
	X(wrong_inode, identity, "LOOP_GET_STATUS64 reports the inode of another file")                                 \
	X(bound_is_free, get_free, "LOOP_CTL_GET_FREE returns a device that is bound")                                  \
	X(wrong_flags, model, "LOOP_GET_STATUS64 reports autoclear where there is none, and none where there is")       \
	X(flags_stay, model, "a release leaves the flags to the next binding")                                          \
	X(partscan_clearable, model, "LOOP_SET_STATUS64 takes PARTSCAN away")                                           \
	X(read_only_settable, model, "LOOP_SET_STATUS64 sets READ_ONLY")                                                \
	X(limit_ignored, model, "the device is as long as its file, whatever lo_sizelimit says")                        \
	X(capacity_stays, model, "LOOP_SET_CAPACITY succeeds and changes nothing")                                      \
	X(offset_not_reported, model, "LOOP_GET_STATUS64 reports an offset of 0")                                       \
	X(spurious_ebusy, model, "every third bind is refused with EBUSY")                                              \
	X(failed_bind_stays, model, "a bind that fails for want of memory has bound the device all the same")           \
	X(clear_does_nothing, model, "every fifth LOOP_CLR_FD succeeds and changes nothing")                                  \
	X(change_unchecked, model, "LOOP_CHANGE_FD takes a file of another size")                                       \
	X(misplaced_write, data, "a write through the device goes one sector too far")                                  \
	X(stale_read, data, "a read returns what was there before the last write")                                      \
	X(lost_write, data, "a write through the device succeeds and is forgotten")                                     \
	X(foreign_read, data, "a read returns what another device shows")                                               \
	X(partition_outlives, isolation, "a partition lives on with the next binding")                                  \
	X(mapping_outlives, isolation, "a mapping shows the next binding's data")                                       \
	X(read_only_written, read_only, "a write to a read-only device goes through")                                   \
	X(sysfs_wrong_autoclear, sysfs, "loop/autoclear says 1 for 0, and 0 for 1")                                     \
	X(sysfs_stays, sysfs, "the folder loop/ stays when the device is released")                                     \
	X(bind_without_event, uevents, "a bind has no uevent")                                                          \
	X(release_without_event, uevents, "a release has no uevent")                                                    \
	X(partition_without_event, uevents, "a partition that comes has no uevent")                                     \
	X(accepts_itself, no_cycle, "a device is accepted as its own backing file")                                     \
	X(remove_hides, no_lost_device, "a LOOP_CTL_REMOVE that is refused hides the device for ever")                  \
	X(stays_bound, no_leak, "no last close releases a device")                                                      \
	X(file_pinned, no_leak, "a release keeps its backing file open")                                                \
	X(module_pinned, no_leak, "a release keeps its reference to the module")                                        \
	X(never_returns, liveness, "LOOP_CLR_FD never returns")                                                         \
	X(always_busy, gave_up, "every bind is refused with EBUSY")
/* clang-format on */
