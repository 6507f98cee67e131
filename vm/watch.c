/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decisions of the runner, without its system calls.
 *
 * The guest's word is taken only for what it cannot gain by: a phase that makes no sense is a phase, a trailer ends the
 * run limit but starts the shutdown limit.  So each state that a guest can be in has a limit, and each limit an ending.
 * QEMU's exit status decides nothing but whether it started at all: it is 0 for panic, reboot and power-off alike.
 */
#include "vm/watch.h"

#include <assert.h>
#include <sys/wait.h>

/* A look costs a few loads and two stat() calls: 10 ms are 0.1 % of a CPU, and make boot times exact enough. */
#define PAUSE_BOOTING_NS 10000000ULL
#define PAUSE_BOOTED_NS	 100000000ULL
/* Delays below this are a busy host's ordinary scheduling, which the limits allow for. */
#define SURPLUS_NS_MIN 2000000000ULL
/* For the guest to see stop_request, stop its workers, and write the trailer. */
#define STOP_GRACE_NS 5000000000ULL

void watch_start(const struct vm_request *request, uint64_t now_ns, struct watch *ret_watch)
{
	*ret_watch = (struct watch){
		.request = request,
		.looked_at_ns = now_ns,
		.now_ns = 1,
		.heartbeat_ns = 1,
	};
}

uint64_t watch_pause_ns(const struct watch *watch)
{
	return watch->booted_ns ? PAUSE_BOOTED_NS : PAUSE_BOOTING_NS;
}

static void advance_clock(struct watch *watch, uint64_t host_now_ns)
{
	uint64_t asked_ns = watch_pause_ns(watch);
	uint64_t passed_ns = host_now_ns - watch->looked_at_ns;

	assert(host_now_ns >= watch->looked_at_ns);
	if (passed_ns > asked_ns + SURPLUS_NS_MIN)
		passed_ns = asked_ns;
	watch->now_ns += passed_ns;
	watch->looked_at_ns = host_now_ns;
}

/*
 * Only while workers run or stop is there a supervisor that beats; before and after, the heartbeat counts as fresh.
 * Setup and teardown are long single steps: under TCG it took more than 20 s to remove a driver with 400 devices.  The
 * limit of the whole run holds there.
 */
static bool has_heartbeat(const struct watch_picture *picture)
{
	return (picture->phase == RECORDER_PHASE_run || picture->phase == RECORDER_PHASE_drain) &&
	       !picture->has_trailer;
}

static void note_events(struct watch *watch, const struct watch_picture *picture)
{
	if (!watch->booted_ns && (picture->phase >= RECORDER_PHASE_setup || picture->has_trailer))
		watch->booted_ns = watch->now_ns;
	if (!watch->trailer_ns && picture->has_trailer)
		watch->trailer_ns = watch->now_ns;
	if (!watch->stop_ns && picture->wants_stop)
		watch->stop_ns = watch->now_ns;
	if (picture->heartbeat != watch->heartbeat || !has_heartbeat(picture)) {
		watch->heartbeat = picture->heartbeat;
		watch->heartbeat_ns = watch->now_ns;
	}
}

static bool is_outlived(const struct watch *watch, uint64_t since_ns, uint64_t limit_ns)
{
	return limit_ns > 0 && watch->now_ns - since_ns > limit_ns;
}

/*
 * A guest that boots cannot see the request yet and has recorded nothing that would be worth waiting for: it has one
 * grace time to come up, and from then on another one to end in good order.
 */
static bool is_grace_over(const struct watch *watch)
{
	uint64_t since_ns = watch->stop_ns > watch->booted_ns ? watch->stop_ns : watch->booted_ns;

	return watch->stop_ns > 0 && is_outlived(watch, since_ns, STOP_GRACE_NS);
}

bool watch_look(struct watch *watch, const struct watch_picture *picture, enum ending *ret_ending)
{
	const struct vm_request *limits = watch->request;

	advance_clock(watch, picture->now_ns);
	note_events(watch, picture);

	if (limits->console_bytes_max > 0 && picture->log_bytes > limits->console_bytes_max)
		*ret_ending = ENDING_console_flood;
	else if (watch->trailer_ns && is_outlived(watch, watch->trailer_ns, limits->shutdown_limit_ns))
		*ret_ending = ENDING_shutdown_timeout;
	else if (!watch->booted_ns && is_outlived(watch, 1, limits->boot_limit_ns))
		*ret_ending = ENDING_boot_timeout;
	else if (is_outlived(watch, watch->heartbeat_ns, limits->silence_limit_ns))
		*ret_ending = ENDING_silent;
	else if (watch->booted_ns && !watch->trailer_ns && is_outlived(watch, watch->booted_ns, limits->run_limit_ns))
		*ret_ending = ENDING_run_timeout;
	else if (is_grace_over(watch))
		*ret_ending = ENDING_interrupted;
	else
		return false;
	return true;
}

enum ending watch_ended(const struct watch *watch, const struct watch_picture *picture, int status)
{
	if (WIFSIGNALED(status))
		return ENDING_killed;
	if (picture->has_trailer)
		return watch->stop_ns ? ENDING_interrupted : ENDING_finished;
	if (WEXITSTATUS(status) != 0 && picture->phase == RECORDER_PHASE_formatted)
		return ENDING_not_started;
	/* Also while stopping: a panic then is as real as before. */
	return ENDING_vanished;
}
