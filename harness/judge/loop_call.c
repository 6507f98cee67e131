/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a record to a call of the model: what a call may return for its arguments alone is settled here, once, so that the
 * search need not look at arguments.
 *
 * Each call that the model speaks of has two functions: one for its success, which tells what it does, and one for its
 * failure, which tells in which states it may fail with that errno.  An errno that no state explains leaves the set of
 * states empty.  The order in which the driver looks at things decides: what it looks at before the state of the device
 * may fail in any.
 */
#include "harness/judge/loop_model.h"

#include <errno.h>
#include <linux/fcntl.h>
#include <linux/loop.h>
#include <string.h>

/* What LOOP_CONFIGURE takes (LOOP_CONFIGURE_SETTABLE_FLAGS). */
#define CONFIGURE_FLAGS (LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN | LO_FLAGS_DIRECT_IO)

#define BLOCK_BYTES_MIN 512u
#define INDEX_COUNT	(1 << 20)

/* A record under translation. */
struct translation {
	const struct loop_model *model;
	const struct recorder_record *record;
	struct survey_file file;
	struct loop_arguments *arguments;
	uint64_t call_ns;
	uint64_t return_ns;
	int error; /* positive; 0: it succeeded, or has no result */
	bool has_result;
};

/* --- what the arguments are --- */

static bool is_bad_pointer(const struct recorder_record *record)
{
	return record->is_extended && record->call_flags & RECORDER_FLAG_BAD_POINTER;
}

static bool is_compat(const struct recorder_record *record)
{
	return record->is_extended && record->call_flags & RECORDER_FLAG_COMPAT;
}

static uint32_t fold(uint64_t dev)
{
	return (uint32_t)(dev ^ dev >> 32);
}

static uint32_t flags_of(uint64_t lo_flags)
{
	return (lo_flags & LO_FLAGS_AUTOCLEAR ? LOOP_STATE_AUTOCLEAR : 0) |
	       (lo_flags & LO_FLAGS_PARTSCAN ? LOOP_STATE_PARTSCAN : 0) |
	       (lo_flags & LO_FLAGS_READ_ONLY ? LOOP_STATE_READ_ONLY : 0) |
	       (lo_flags & LO_FLAGS_DIRECT_IO ? LOOP_STATE_DIRECT_IO : 0);
}

/* Core's attach opens backing files as it likes; operations note how. */
static bool tells_file_mode(const struct recorder_record *record)
{
	return record->is_extended && record->try_number == 0;
}

bool loop_model_knows_file(const struct loop_model *model, uint64_t dev, uint64_t inode)
{
	const struct backing_file *file = model->backings ? backings_with_identity(model->backings, dev, inode) : NULL;
	unsigned int row;

	if (!file || file->number < BACKINGS_NAMED_FIRST)
		return file != NULL;
	row = file->number - BACKINGS_NAMED_FIRST;
	return model->scenario && row < model->scenario->backing_count &&
	       model->scenario->backings[row].kind == BACKING_KIND_file;
}

enum answer { NO, PERHAPS, YES };

/* Is what is to be bound a file that can be bound? */
static enum answer has_good_file(const struct translation *translation)
{
	const struct loop_model *model = translation->model;
	const struct recorder_record *record = translation->record;

	if (tells_file_mode(record) && record->inode == 0 && record->dev == 0 && record->value == 0)
		return NO;
	if (tells_file_mode(record) && record->open_flags & O_PATH)
		return NO;
	if (record->is_extended && record->value != 0)
		return PERHAPS;
	if (!model->backings || model->backings->count == 0)
		return record->inode ? YES : PERHAPS;
	return loop_model_knows_file(model, record->dev, record->inode) ? YES : PERHAPS;
}

static bool is_writable(const struct translation *translation, bool if_unknown)
{
	unsigned int mode = translation->file.mode;

	return mode & (SURVEY_MODE_WRITABLE | SURVEY_MODE_READABLE) ? mode & SURVEY_MODE_WRITABLE : if_unknown;
}

static bool is_exclusive(const struct translation *translation)
{
	return translation->file.mode & SURVEY_MODE_EXCLUSIVE;
}

static enum answer is_good_block_size(const struct loop_model *model, uint64_t bytes)
{
	if (bytes < BLOCK_BYTES_MIN || bytes > 65536 || (bytes & (bytes - 1)) != 0)
		return NO;
	if (bytes <= 4096)
		return YES;
	if (!has_trait(model->traits, LOOP_TRAIT_block_size_max_64k))
		return NO;
	return lacks_trait(model->traits, LOOP_TRAIT_block_size_max_64k) ? PERHAPS : YES;
}

/* Of LOOP_SET_BLOCK_SIZE, whose argument has more bits than some kernels look at. */
static enum answer is_good_block_size_argument(const struct loop_model *model, uint64_t argument)
{
	bool may_truncate = has_trait(model->traits, LOOP_TRAIT_block_size_truncated);
	bool may_see_all = lacks_trait(model->traits, LOOP_TRAIT_block_size_truncated);
	enum answer good = is_good_block_size(model, argument);

	/* 16 bits up to 5.10, 32 since. */
	if (argument > UINT16_MAX && may_truncate && may_see_all)
		return PERHAPS;
	if (argument > UINT32_MAX && may_truncate)
		good = is_good_block_size(model, argument & UINT32_MAX);
	if ((may_truncate ? argument & UINT32_MAX : argument) == 0) {
		if (!has_trait(model->traits, LOOP_TRAIT_block_size_zero_resets))
			return NO;
		return lacks_trait(model->traits, LOOP_TRAIT_block_size_zero_resets) ? PERHAPS : YES;
	}
	return good;
}

/*
 * What is asked for of lo_encrypt_type.  A kernel that has transfers takes XOR with a key, and others when a module has
 * registered them; before that it looks at the size of the key, as all kernels do.
 */
static enum answer is_good_encryption(const struct loop_model *model, const struct recorder_record *record)
{
	bool is_xor = record->encrypt_type == LO_CRYPT_XOR;

	if (!record->is_extended || (!record->encrypt_type && record->key_size <= LO_KEY_SIZE))
		return YES;
	if (record->key_size > LO_KEY_SIZE || record->encrypt_type >= MAX_LO_CRYPT || (is_xor && !record->key_size) ||
	    !has_trait(model->traits, LOOP_TRAIT_xor_transfer))
		return NO;
	return is_xor && !lacks_trait(model->traits, LOOP_TRAIT_xor_transfer) ? YES : PERHAPS;
}

static bool overflows(const struct recorder_record *record)
{
	return record->is_extended && (record->offset > INT64_MAX || record->length > INT64_MAX);
}

static bool must_overflow(const struct translation *translation)
{
	return overflows(translation->record) && !lacks_trait(translation->model->traits, LOOP_TRAIT_overflow_checked);
}

/* --- failures: in which states --- */

/* The caller's own trouble, which says nothing about the device, or trouble that the scenario itself has made. */
static bool is_callers_error(const struct translation *translation)
{
	int error = translation->error;

	if (error == ENOMEM || error == EINTR || error == EMFILE || error == ENFILE)
		return true;
	if (error == EIO && translation->record->is_injected)
		return true;
	return translation->model->has_other_binders && (error == EACCES || error == EPERM);
}

/* Calls that need a descriptor open for writing; root in a guest has all rights, but that is not certain elsewhere. */
static unsigned int needs_writing(const struct translation *translation)
{
	return translation->error == EPERM && !is_writable(translation, false) ? LOOP_IN_ANY : 0;
}

static void may_have_holder(const struct translation *translation)
{
	if (!is_exclusive(translation))
		translation->arguments->how |= LOOP_HOW_HOLDER;
}

static unsigned int bind_fails(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	const struct loop_model *model = translation->model;
	enum answer good_file = has_good_file(translation);
	bool is_configure = record->call == RECORDER_CALL_configure;
	bool is_wrong, is_wrong_block;

	switch (translation->error) {
	case EBUSY:
		may_have_holder(translation);
		return LOOP_IN(bound) | LOOP_IN(rundown) | LOOP_IN(absent);
	case EBADF:
		return good_file == YES ? 0 : LOOP_IN_ANY;
	case EINVAL:
		is_wrong = is_configure && record->detail & ~(uint64_t)CONFIGURE_FLAGS;
		is_wrong_block = is_configure && record->is_extended && record->block_size &&
				 is_good_block_size(model, record->block_size) != YES;
		if (is_wrong_block && has_trait(model->traits, LOOP_TRAIT_block_size_checked_late))
			translation->arguments->how |= LOOP_HOW_LATE;
		if (good_file != YES)
			return LOOP_IN_ANY;
		is_wrong |= is_configure && is_good_encryption(model, record) != YES;
		return is_wrong || is_wrong_block ? LOOP_IN(unbound) : 0;
	case EOVERFLOW:
		return overflows(record) ? LOOP_IN(unbound) : 0;
	case EFAULT:
		return is_bad_pointer(record) ? LOOP_IN_ANY : 0;
	case ENOTTY:
	case ENOSYS:
		/* LOOP_CONFIGURE came with v5.8. */
		return is_configure ? LOOP_IN_ANY : 0;
	default:
		return 0;
	}
}

static unsigned int clr_fd_fails(const struct translation *translation)
{
	return translation->error == ENXIO ? LOOP_IN_NOT_BOUND : 0;
}

static void tell_span(const struct translation *translation)
{
	translation->arguments->begin_ns = translation->call_ns;
	translation->arguments->end_ns = translation->return_ns;
}

static unsigned int change_fd_fails(const struct translation *translation)
{
	const struct loop_model *model = translation->model;
	bool looks_first = has_trait(model->traits, LOOP_TRAIT_change_fd_checks_fd_first);
	enum answer good_file = has_good_file(translation);

	switch (translation->error) {
	case ENXIO:
		return LOOP_IN_NOT_BOUND;
	case EBADF:
		return good_file == YES ? 0 : looks_first ? LOOP_IN_ANY : LOOP_IN(bound);
	case EINVAL:
		if (good_file != YES)
			return LOOP_IN_ANY;
		/* Whether there was a reason, the state knows: it was writable, or the sizes differ. */
		translation->arguments->how |= LOOP_HOW_REFUSED;
		translation->arguments->inode = translation->record->inode;
		translation->arguments->dev = fold(translation->record->dev);
		tell_span(translation);
		return 0;
	default:
		return 0;
	}
}

static unsigned int set_status_fails(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;

	switch (translation->error) {
	case ENXIO:
		return LOOP_IN_NOT_BOUND;
	case EFAULT:
		return is_bad_pointer(record) ? LOOP_IN_ANY : 0;
	case EOVERFLOW:
		return overflows(record) ? LOOP_IN(bound) : 0;
	case EINVAL:
		return is_good_encryption(translation->model, record) != YES ? LOOP_IN(bound) : 0;
	case EAGAIN:
		return has_trait(translation->model->traits, LOOP_TRAIT_eagain_on_dirty) ? LOOP_IN(bound) : 0;
	default:
		return needs_writing(translation);
	}
}

static unsigned int get_status_fails(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	bool is_bad = is_bad_pointer(record);
	bool is_old = record->call == RECORDER_CALL_get_status_old;

	switch (translation->error) {
	case ENXIO:
		return LOOP_IN_NOT_BOUND;
	case EINVAL:
		return is_bad && record->value == 1 ? LOOP_IN_ANY : 0;
	case EFAULT:
		return is_bad ? LOOP_IN(bound) : 0;
	case EOVERFLOW:
		/* The state knows whether the offset is too large; inodes and devices of 32-bit programs are smaller. */
		if (is_old)
			translation->arguments->how |= LOOP_HOW_OLD;
		return is_old && is_compat(record) ? LOOP_IN(bound) : 0;
	default:
		return 0;
	}
}

static unsigned int set_capacity_fails(const struct translation *translation)
{
	return translation->error == ENXIO ? LOOP_IN_NOT_BOUND : needs_writing(translation);
}

static unsigned int set_direct_io_fails(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;

	if (translation->error == ENXIO)
		return LOOP_IN_NOT_BOUND;
	/* What cannot be had is refused; to let go of it always works. */
	if (translation->error == EINVAL)
		return !record->is_extended || record->value ? LOOP_IN(bound) : 0;
	return needs_writing(translation);
}

static unsigned int set_block_size_fails(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	const struct loop_model *model = translation->model;

	switch (translation->error) {
	case ENXIO:
		return LOOP_IN_NOT_BOUND;
	case EINVAL:
		return !record->is_extended || is_good_block_size_argument(model, record->value) != YES ? LOOP_IN(bound)
													: 0;
	case EAGAIN:
		return has_trait(model->traits, LOOP_TRAIT_eagain_on_dirty) ? LOOP_IN(bound) : 0;
	case EBUSY:
		if (has_trait(model->traits, LOOP_TRAIT_block_size_excl_check))
			may_have_holder(translation);
		return 0;
	default:
		return needs_writing(translation);
	}
}

static unsigned int other_ioctl_fails(const struct translation *translation)
{
	/* loop_model_call() lets only requests through that no version of the driver knows. */
	return translation->error == (is_compat(translation->record) ? ENOTTY : EINVAL) ? LOOP_IN_ANY : 0;
}

static unsigned int add_fails(const struct translation *translation)
{
	switch (translation->error) {
	case EEXIST:
		return LOOP_IN_ANY & ~LOOP_IN(absent);
	default:
		return 0;
	}
}

/* --- successes: what they do --- */

static bool is_impossible_bind(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	bool is_configure = record->call == RECORDER_CALL_configure;

	if (is_bad_pointer(record) || has_good_file(translation) == NO)
		return true;
	if (!is_configure)
		return false;
	if (record->detail & ~(uint64_t)CONFIGURE_FLAGS || must_overflow(translation) ||
	    is_good_encryption(translation->model, record) == NO)
		return true;
	return record->is_extended && record->block_size &&
	       is_good_block_size(translation->model, record->block_size) == NO;
}

static void bind_succeeds(const struct translation *translation)
{
	const struct loop_model *model = translation->model;
	const struct recorder_record *record = translation->record;
	struct loop_arguments *arguments = translation->arguments;
	bool is_configure = record->call == RECORDER_CALL_configure;
	bool tells_mode = tells_file_mode(record);
	bool is_read_only_file = tells_mode && (record->open_flags & O_ACCMODE) == O_RDONLY;
	uint64_t size_bytes;

	arguments->inode = record->inode;
	arguments->dev = fold(record->dev);
	arguments->flags = is_configure ? flags_of(record->detail) : 0;
	arguments->how = is_exclusive(translation) ? LOOP_HOW_EXCLUSIVE : 0;
	if (is_configure && record->is_extended) {
		arguments->offset = record->offset;
		arguments->limit = record->length;
		arguments->block_size = record->block_size;
	}
	if (arguments->flags & LOOP_STATE_READ_ONLY || is_read_only_file || !is_writable(translation, true))
		arguments->how |= LOOP_HOW_READ_ONLY;
	else if (!tells_mode || !is_writable(translation, false) || has_good_file(translation) != YES)
		arguments->how |= LOOP_HOW_MAY_READ_ONLY;
	if (tells_mode ? record->open_flags & O_DIRECT : false)
		arguments->how |= LOOP_HOW_DIRECT_FILE;
	if (has_good_file(translation) == YES && model->survey && model->backings &&
	    survey_file_size(model->survey, model->backings, record->dev, record->inode, translation->call_ns,
			     translation->return_ns, &size_bytes)) {
		arguments->how |= LOOP_HOW_SIZE;
		arguments->value = size_bytes;
	}
	if (is_impossible_bind(translation))
		arguments->how |= LOOP_HOW_IMPOSSIBLE;
}

static void change_fd_succeeds(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	struct loop_arguments *arguments = translation->arguments;

	arguments->inode = record->inode;
	arguments->dev = fold(record->dev);
	if (!tells_file_mode(record) || record->open_flags & O_DIRECT)
		arguments->how |= LOOP_HOW_DIRECT_FILE;
	if (has_good_file(translation) == NO)
		arguments->how |= LOOP_HOW_IMPOSSIBLE;
	tell_span(translation);
}

static void set_status_succeeds(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	struct loop_arguments *arguments = translation->arguments;

	arguments->flags = flags_of(record->detail);
	if (record->is_extended) {
		arguments->offset = record->offset;
		arguments->limit = record->call == RECORDER_CALL_set_status_old ? 0 : record->length;
	}
	if (record->is_extended && record->encrypt_type)
		arguments->how |= LOOP_HOW_TRANSFER;
	if (is_bad_pointer(record) || must_overflow(translation) ||
	    is_good_encryption(translation->model, record) == NO)
		arguments->how |= LOOP_HOW_IMPOSSIBLE;
	tell_span(translation);
}

static void get_status_succeeds(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	struct loop_arguments *arguments = translation->arguments;

	arguments->inode = record->inode;
	arguments->dev = fold(record->dev);
	arguments->flags = flags_of(record->detail);
	if (record->call == RECORDER_CALL_get_status_old)
		arguments->how |= LOOP_HOW_OLD;
	/* A short record says that both are 0. */
	arguments->how |= LOOP_HOW_PLACE;
	if (record->is_extended) {
		arguments->offset = record->offset;
		arguments->limit = record->length;
	}
	if (is_bad_pointer(record) || record->detail & ~(uint64_t)CONFIGURE_FLAGS)
		arguments->how |= LOOP_HOW_IMPOSSIBLE;
}

static void set_block_size_succeeds(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	struct loop_arguments *arguments = translation->arguments;
	enum answer good =
		record->is_extended ? is_good_block_size_argument(translation->model, record->value) : PERHAPS;

	arguments->block_size = record->is_extended ? (uint32_t)record->value : 0;
	/* What the driver made of it is not known. */
	arguments->value = good == YES;
	if (good == NO)
		arguments->how |= LOOP_HOW_IMPOSSIBLE;
	if (is_exclusive(translation))
		arguments->how |= LOOP_HOW_EXCLUSIVE;
}

static void reads_succeed(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	struct loop_arguments *arguments = translation->arguments;

	switch (record->call) {
	case RECORDER_CALL_size:
		arguments->value = record->capacity_bytes;
		break;
	case RECORDER_CALL_block_size:
		arguments->value = record->block_size;
		break;
	case RECORDER_CALL_diskseq:
		arguments->value = record->diskseq;
		break;
	default:
		arguments->value = record->value != 0;
		break;
	}
}

/* The index that was asked for, in records that tell it. */
static bool asks_for(const struct recorder_record *record, int64_t *ret_index)
{
	if (!record->is_extended)
		return false;
	*ret_index = (int32_t)(uint32_t)record->value;
	return true;
}

static void add_succeeds(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	int64_t asked;

	if (!translation->has_result || !asks_for(record, &asked) || asked < 0)
		return;
	if (record->result != asked ||
	    (asked >= INDEX_COUNT && !has_trait(translation->model->traits, LOOP_TRAIT_add_any_index)))
		translation->arguments->how |= LOOP_HOW_IMPOSSIBLE;
}

static void remove_succeeds(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	struct loop_traits traits = translation->model->traits;
	bool is_index = record->result == record->device_index;
	bool is_zero = record->result == 0;
	int64_t asked;

	if (!translation->has_result || !asks_for(record, &asked))
		return;
	if (!(is_index && has_trait(traits, LOOP_TRAIT_remove_returns_index)) &&
	    !(is_zero && lacks_trait(traits, LOOP_TRAIT_remove_returns_index)))
		translation->arguments->how |= LOOP_HOW_IMPOSSIBLE;
	if (asked < 0 && !has_trait(traits, LOOP_TRAIT_remove_returns_index))
		translation->arguments->how |= LOOP_HOW_IMPOSSIBLE;
}

/* --- open and close, which may take two steps --- */

static bool may_lack_node(const struct translation *translation)
{
	const struct survey *survey = translation->model->survey;

	return survey && survey_device_flags(survey, translation->record->device_index) & SURVEY_DEVICE_INJECTED;
}

static void translate_open(const struct translation *translation)
{
	const struct recorder_record *record = translation->record;
	struct loop_arguments *arguments = translation->arguments;

	arguments->partition = record->partition;
	if (record->is_extended && record->open_flags & O_EXCL)
		arguments->how |= LOOP_HOW_EXCLUSIVE;
	if (!translation->error)
		return;
	/* A partition is found only after the device is open; which error that gives is not the model's affair. */
	if (record->partition)
		arguments->how |= LOOP_HOW_TRANSIENT;
	switch (translation->error) {
	case ENXIO:
		arguments->statuses = LOOP_IN(absent);
		if (has_trait(translation->model->traits, LOOP_TRAIT_open_enxio_in_rundown))
			arguments->statuses |= LOOP_IN(rundown);
		break;
	case ENOENT:
		/* The kernel makes no node when there is no memory for it, and says nothing. */
		arguments->statuses = LOOP_IN(absent) | (may_lack_node(translation) ? LOOP_IN_ANY : 0);
		break;
	case ENODEV:
		arguments->statuses = LOOP_IN(absent);
		break;
	case EBUSY:
		arguments->how |= LOOP_HOW_HOLDER;
		break;
	}
	if (record->partition)
		arguments->statuses = LOOP_IN_ANY;
}

static void translate_close(const struct translation *translation)
{
	struct loop_arguments *arguments = translation->arguments;

	arguments->partition = translation->record->partition;
	if (is_exclusive(translation))
		arguments->how |= LOOP_HOW_EXCLUSIVE;
	if (translation->file.flags & SURVEY_FILE_IO)
		arguments->how |= LOOP_HOW_IO;
}

static void translate_mount(const struct translation *translation)
{
	struct loop_arguments *arguments = translation->arguments;

	arguments->how |= LOOP_HOW_EXCLUSIVE;
	if (!translation->error)
		return;
	arguments->statuses = LOOP_IN_ANY;
	if (translation->record->call == RECORDER_CALL_mount)
		arguments->how |= LOOP_HOW_TRANSIENT;
}

/* --- the table --- */

struct row {
	void (*succeeds)(const struct translation *translation);
	unsigned int (*fails)(const struct translation *translation);
	void (*translate)(const struct translation *translation); /* of both */
};

static void does_nothing(const struct translation *translation)
{
}

static unsigned int never_fails(const struct translation *translation)
{
	return 0;
}

static void cannot_succeed(const struct translation *translation)
{
	translation->arguments->how |= LOOP_HOW_IMPOSSIBLE;
}

static const struct row rows[RECORDER_CALL_COUNT] = {
	[RECORDER_CALL_open] = { .translate = translate_open },
	[RECORDER_CALL_close] = { .translate = translate_close },
	[RECORDER_CALL_unmap] = { .translate = translate_close },
	[RECORDER_CALL_mount] = { .translate = translate_mount },
	[RECORDER_CALL_unmount] = { .translate = translate_mount },
	[RECORDER_CALL_set_fd] = { bind_succeeds, bind_fails, NULL },
	[RECORDER_CALL_configure] = { bind_succeeds, bind_fails, NULL },
	[RECORDER_CALL_clr_fd] = { does_nothing, clr_fd_fails, NULL },
	[RECORDER_CALL_change_fd] = { change_fd_succeeds, change_fd_fails, NULL },
	[RECORDER_CALL_set_status] = { set_status_succeeds, set_status_fails, NULL },
	[RECORDER_CALL_set_status_old] = { set_status_succeeds, set_status_fails, NULL },
	[RECORDER_CALL_get_status] = { get_status_succeeds, get_status_fails, NULL },
	[RECORDER_CALL_get_status_old] = { get_status_succeeds, get_status_fails, NULL },
	[RECORDER_CALL_set_capacity] = { tell_span, set_capacity_fails, NULL },
	[RECORDER_CALL_set_direct_io] = { reads_succeed, set_direct_io_fails, NULL },
	[RECORDER_CALL_set_block_size] = { set_block_size_succeeds, set_block_size_fails, NULL },
	[RECORDER_CALL_other_ioctl] = { cannot_succeed, other_ioctl_fails, NULL },
	[RECORDER_CALL_size] = { reads_succeed, never_fails, NULL },
	[RECORDER_CALL_block_size] = { reads_succeed, never_fails, NULL },
	[RECORDER_CALL_diskseq] = { reads_succeed, never_fails, NULL },
	[RECORDER_CALL_read_only] = { reads_succeed, never_fails, NULL },
	[RECORDER_CALL_partition_reread] = { .translate = does_nothing },
	[RECORDER_CALL_add] = { add_succeeds, add_fails, NULL },
	[RECORDER_CALL_remove] = { remove_succeeds, never_fails, NULL },
	[RECORDER_CALL_get_free] = { does_nothing, never_fails, NULL },
};

bool loop_model_reads(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_size || record->call == RECORDER_CALL_block_size ||
	       record->call == RECORDER_CALL_diskseq || record->call == RECORDER_CALL_read_only;
}

bool loop_model_changes(const struct recorder_record *record, bool has_result)
{
	switch (record->call) {
	case RECORDER_CALL_close:
		return true;
	case RECORDER_CALL_configure:
		return !has_result || record->result >= 0 || record->result == -EINVAL;
	case RECORDER_CALL_mount:
	case RECORDER_CALL_partition_reread:
		/* While these fail they may have been the last to close. */
		return true;
	case RECORDER_CALL_open:
		return record->partition != 0;
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_clr_fd:
	case RECORDER_CALL_change_fd:
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_set_status_old:
	case RECORDER_CALL_set_capacity:
	case RECORDER_CALL_set_direct_io:
	case RECORDER_CALL_set_block_size:
	case RECORDER_CALL_unmount:
	case RECORDER_CALL_unmap:
	case RECORDER_CALL_remove:
	case RECORDER_CALL_add:
		return !has_result || record->result >= 0;
	default:
		return false;
	}
}

static bool is_modelled(const struct recorder_record *record, bool has_result)
{
	const struct row *row = record->call < RECORDER_CALL_COUNT ? &rows[record->call] : NULL;
	uint64_t request = record->value;

	if (!row || (!row->succeeds && !row->translate) || record->device_index < 0)
		return false;
	switch (record->call) {
	case RECORDER_CALL_get_free:
		return has_result && record->result >= 0;
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
		return has_result;
	case RECORDER_CALL_size:
	case RECORDER_CALL_block_size:
	case RECORDER_CALL_diskseq:
	case RECORDER_CALL_read_only:
		return has_result && record->result >= 0 && record->is_extended && record->partition == 0;
	case RECORDER_CALL_other_ioctl:
		/* Numbers of the loop driver that it has never given to anything. */
		return has_result && record->is_extended && request > LOOP_CONFIGURE && request < LOOP_CTL_ADD;
	default:
		return true;
	}
}

bool loop_model_call(const struct loop_model *model, const struct recorder_record *record, uint64_t call_ns,
		     uint64_t return_ns, struct linearize_call *ret_call)
{
	/* A munmap is the close of a description when it ends the last that held it. */
	struct linearize_call call = {
		.return_ns = return_ns,
		.operation = record->call == RECORDER_CALL_unmap ? RECORDER_CALL_close : record->call,
	};
	struct loop_arguments arguments = { 0 };
	struct translation translation = {
		.model = model,
		.record = record,
		.arguments = &arguments,
		.call_ns = call_ns,
		.return_ns = return_ns,
		.has_result = return_ns != UINT64_MAX,
	};
	const struct row *row;

	if (!is_modelled(record, translation.has_result))
		return false;
	row = &rows[record->call];
	if (model->survey)
		translation.file = survey_file(model->survey, record->file);
	/* Steps take its negative, which INT32_MIN has not; no call returns either, but a damaged record may say it. */
	if (translation.has_result && record->result < 0)
		call.result = record->result > -INT32_MAX ? record->result : -INT32_MAX;
	translation.error = -call.result;
	if (row->translate)
		row->translate(&translation);
	else if (translation.error)
		arguments.statuses = (uint8_t)row->fails(&translation);
	else
		row->succeeds(&translation);
	if (translation.error && is_callers_error(&translation))
		arguments.statuses = LOOP_IN_ANY;
	if (translation.file.flags & SURVEY_FILE_DOUBTFUL)
		arguments.how |= LOOP_HOW_PERHAPS;
	memcpy(call.arguments, &arguments, sizeof(arguments));
	*ret_call = call;
	return true;
}
