/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's half of the engine; see engine.h for the picture.  The workers' half is worker.c. */
#include "harness/engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/engine/aftermath.h"
#include "harness/engine/clock.h"
#include "harness/engine/leftovers.h"
#include "harness/engine/model_kernel.h"
#include "harness/engine/probe.h"
#include "harness/engine/supervised.h"
#include "harness/engine/uevent_listener.h"
#include "harness/engine/watchdog.h"
#include "harness/engine/worker.h"

/* How often the supervisor beats its heart, looks at pending calls and asks for stop requests. */
#define TICK_NS 50000000u

/* A worker needs little stack; 64 of them must not cost a small guest its memory. */
#define WORKER_STACK_BYTES  (128u << 10)

#define MODEL_SCRATCH	    MODEL_KERNEL_BACKING_DIR "/aftermath.img"
#define MODEL_SCRATCH_BYTES (64u << 10)

struct engine {
	const struct engine_config *config;
	struct worker_shared shared;
	struct worker *workers;
	unsigned int worker_count;  /* wanted */
	unsigned int started_count; /* threads that run or ran */
	struct rendezvous meetings[SCENARIO_GROUP_COUNT_MAX];
	struct model_kernel *model; /* NULL with the real kernel */
	struct system system;
	struct watchdog watchdog;
	struct uevent_listener *listener; /* NULL: nobody hears uevents */
	struct aftermath aftermath;
	struct probe probe; /* here, because a stuck one outlives its function */
};

static int broken(struct engine *engine, const char *step, int r)
{
	recorder_note(engine->config->recorder, "broken what=%s: %s", step, strerror(-r));
	return r;
}

static bool calls(const struct scenario *scenario, enum operation operation)
{
	for (unsigned int g = 0; g < scenario->group_count; g++)
		for (unsigned int i = 0; i < scenario->groups[g].call_count; i++)
			if (scenario->groups[g].calls[i].operation == operation)
				return true;
	return false;
}

/* struct system's door to the guest's init, which knows where modules are and what they are given. */
static int insert_module(void *context, const char *name)
{
	const struct engine *engine = context;

	return engine->config->insert_module ? engine->config->insert_module(name) : -EPERM;
}

static const char *content_name(enum backing_content content)
{
	static const char *const names[] = {
#define X(name, summary) [BACKING_CONTENT_##name] = #name,
		LOOPRACE_CONTENTS(X)
#undef X
	};

	return names[content];
}

static int open_kernel(struct engine *engine)
{
	enum scenario_kernel kind = engine->config->scenario->kernel;
	const struct looprace_kernel *kernel;

	engine->system = *system_real();
	engine->system.context = engine;
	engine->system.module_insert = insert_module;
	if (kind != SCENARIO_KERNEL_real) {
		engine->model = model_kernel_new(model_kernel_plant(engine->config->scenario->planted),
						 engine->config->scenario->device_count);
		if (!engine->model)
			return broken(engine, "model kernel", -ENOMEM);
		engine->system = *model_kernel_system(engine->model);
		engine->shared.work_dir = MODEL_KERNEL_BACKING_DIR;
	}
	engine->shared.system = &engine->system;
	/* An open loop-control keeps the module from being removed. */
	if (calls(engine->config->scenario, OPERATION_module_remove))
		return 0;
	kernel = engine->system.loop;
	engine->shared.control_fd = kernel->open(kernel->context, "/dev/loop-control", O_RDONLY);
	if (engine->shared.control_fd < 0)
		return broken(engine, "/dev/loop-control", engine->shared.control_fd);
	return 0;
}

/* Without one the judge has nothing to say about uevents; all else can be judged. */
static void start_listener(struct engine *engine)
{
	struct recorder *recorder = engine->config->recorder;
	int r;

	if (!uevent_listener_has_area(recorder))
		return;
	r = engine->model ? uevent_listener_start_model(recorder, &engine->listener)
			  : uevent_listener_start(recorder, &engine->listener);
	if (r < 0)
		recorder_note(recorder, "uevents listener=none error=%d", -r);
	else if (engine->model)
		model_kernel_listen(engine->model, uevent_listener_push, engine->listener);
}

static int make_backing(struct engine *engine, unsigned int number, const struct backing_object *object,
			struct backing *ret_backing)
{
	const struct engine_config *config = engine->config;
	int r = 0;

	if (engine->model)
		r = backing_model(engine->model, number, object, ret_backing);
	else
		r = backing_create(config->backing_dir, number, object, ret_backing);
	if (r < 0)
		return broken(engine, config->backing_dir, r);
	recorder_note(config->recorder, "backing number=%u dev=%llu inode=%llu bytes=%llu content=%s name=%s", number,
		      (unsigned long long)ret_backing->identity.dev, (unsigned long long)ret_backing->identity.inode,
		      (unsigned long long)object->size_bytes, content_name(object->content), object->name);
	return 0;
}

/* Devices with a name exist, or do not, when the workers start. */
static int prepare_devices(struct engine *engine)
{
	const struct scenario *scenario = engine->config->scenario;
	const struct looprace_kernel *kernel = engine->system.loop;
	int control_fd;
	int r = 0;

	if (scenario->device_object_count == 0)
		return 0;
	control_fd = kernel->open(kernel->context, "/dev/loop-control", O_RDWR);
	if (control_fd < 0)
		return broken(engine, "/dev/loop-control", control_fd);
	for (unsigned int i = 0; r >= 0 && i < scenario->device_object_count; i++) {
		const struct device_object *device = &scenario->devices[i];

		r = kernel->ioctl(kernel->context, control_fd, device->is_absent ? LOOP_CTL_REMOVE : LOOP_CTL_ADD,
				  device->index);
		/* It is there already, or has gone. */
		if (r == (device->is_absent ? -ENODEV : -EEXIST))
			r = 0;
		if (r < 0)
			broken(engine, device->name, r);
	}
	kernel->close(kernel->context, control_fd);
	return r < 0 ? r : 0;
}

static int prepare_objects(struct engine *engine)
{
	const struct scenario *scenario = engine->config->scenario;
	struct worker_shared *shared = &engine->shared;
	int r = 0;

	order_init(&shared->order, scenario);
	for (unsigned int i = 0; i < scenario->descriptor_count; i++) {
		shared->descriptors[i].descriptor = DESCRIPTOR_NULL;
		pthread_rwlock_init(&shared->descriptors[i].lock, NULL);
	}
	shared->backings = calloc(scenario->backing_count + 1u, sizeof(*shared->backings));
	if (!shared->backings)
		return broken(engine, "backing files", -ENOMEM);
	for (unsigned int i = 0; i < scenario->backing_count; i++)
		shared->backings[i] = BACKING_NULL;
	for (unsigned int i = 0; r == 0 && i < scenario->backing_count; i++)
		r = make_backing(engine, BACKING_NUMBER_NAMED + i, &scenario->backings[i], &shared->backings[i]);
	return r;
}

static int prepare_worker(struct engine *engine, unsigned int number, unsigned int group)
{
	const struct engine_config *config = engine->config;
	struct worker *worker = &engine->workers[number];
	struct backing_object own = { .kind = BACKING_KIND_file,
				      .content = config->scenario->backing_content,
				      .size_bytes = config->scenario->backing_bytes };
	int r;

	worker->number = number;
	worker->group = &config->scenario->groups[group];
	worker->shared = &engine->shared;
	worker->handle = LOOPRACE_HANDLE_NULL;
	worker->got_index = -1;
	worker->mounted_index = -1;
	for (unsigned int i = 0; i < SCENARIO_DESCRIPTOR_COUNT_MAX; i++)
		worker->descriptors[i] = DESCRIPTOR_NULL;
	worker->meeting = worker->group->align == ALIGN_barrier ? &engine->meetings[group] : NULL;
	config->recorder->areas[number].group = group;
	looprace_random_seed(&worker->random, config->seed, number);
	snprintf(own.name, sizeof(own.name), "worker%u", number);
	r = make_backing(engine, number, &own, &worker->backing);
	if (r < 0)
		return r;
	recording_kernel_init(&worker->recording, engine->system.loop, config->recorder, number, &engine->shared.stop,
			      &engine->shared.abandon);
	worker->recording.backing = worker->backing.identity;
	return 0;
}

static int prepare(struct engine *engine)
{
	const struct scenario *scenario = engine->config->scenario;
	unsigned int number = 0;
	int r;

	engine->shared.scenario = scenario;
	engine->shared.work_dir = engine->config->backing_dir;
	engine->shared.plant_fault = engine->config->plant_fault;
	engine->worker_count = scenario_worker_count(scenario);
	engine->workers = calloc(engine->worker_count, sizeof(*engine->workers));
	if (!engine->workers)
		return broken(engine, "workers", -ENOMEM);
	for (unsigned int i = 0; i < engine->worker_count; i++)
		engine->workers[i].backing = BACKING_NULL;
	r = open_kernel(engine);
	if (r == 0)
		r = prepare_devices(engine);
	if (r == 0)
		r = prepare_objects(engine);
	for (unsigned int g = 0; r == 0 && g < scenario->group_count; g++) {
		rendezvous_init(&engine->meetings[g], scenario->groups[g].count);
		for (unsigned int i = 0; r == 0 && i < scenario->groups[g].count; i++)
			r = prepare_worker(engine, number++, g);
	}
	if (r == 0 && watchdog_init(&engine->watchdog, engine->config->recorder, engine->workers, engine->worker_count,
				    scenario->call_limit_ns) < 0)
		r = broken(engine, "watchdog", -ENOMEM);
	return r;
}

/* Somebody will not come: end all waits of workers for each other. */
static void abandon(struct engine *engine)
{
	stop_raise(&engine->shared.abandon);
	order_abandon(&engine->shared.order);
}

static int start_workers(struct engine *engine)
{
	pthread_attr_t attributes;
	int error = 0;

	/* All workers and the supervisor. */
	rendezvous_init(&engine->shared.start_line, engine->worker_count + 1);
	rendezvous_init(&engine->shared.round_start, engine->worker_count);
	atomic_init(&engine->shared.open_count, engine->worker_count);
	atomic_init(&engine->shared.running_count, engine->worker_count);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
	while (error == 0 && engine->started_count < engine->worker_count) {
		struct worker *worker = &engine->workers[engine->started_count];

		error = pthread_create(&worker->thread, &attributes, worker_main, worker);
		if (error == 0)
			engine->started_count++;
	}
	pthread_attr_destroy(&attributes);
	if (error == 0)
		return 0;
	stop_raise(&engine->shared.stop);
	abandon(engine);
	return broken(engine, "pthread_create", -error);
}

static bool is_interrupted(const struct engine *engine)
{
	const struct engine_config *config = engine->config;

	/* Relaxed twice: a late look costs one tick; no data travels with either flag. */
	return atomic_load_explicit(&config->recorder->header->stop_request, memory_order_relaxed) != 0 ||
	       (config->interrupted && atomic_load_explicit(config->interrupted, memory_order_relaxed) != 0);
}

static void beat(struct engine *engine)
{
	/* Relaxed: the host only sees whether it grows. */
	atomic_fetch_add_explicit(&engine->config->recorder->header->heartbeat, 1, memory_order_relaxed);
	patience_look(&engine->watchdog.patience, clock_now_ns());
	watchdog_look(&engine->watchdog);
}

/* From the start line to the end line.  A worker that is stuck does not end the run early: the others go on. */
static void supervise_run(struct engine *engine)
{
	struct recorder_header *header = engine->config->recorder->header;
	uint64_t duration_ns = engine->config->scenario->duration_ns;
	uint64_t start_ns = clock_now_ns();
	bool is_over = false;

	/* Relaxed: read by the host, for figures. */
	atomic_store_explicit(&header->start_ns, start_ns, memory_order_relaxed);
	recorder_set_phase(engine->config->recorder, RECORDER_PHASE_run);
	rendezvous_meet(&engine->shared.start_line, &engine->shared.stop, &engine->shared.abandon);
	while (!is_over && !stop_is_raised(&engine->shared.stop)) {
		uint64_t tick_ns = TICK_NS;

		if (duration_ns != 0) {
			uint64_t gone_ns = clock_now_ns() - start_ns;

			if (gone_ns >= duration_ns)
				break;
			if (duration_ns - gone_ns < tick_ns)
				tick_ns = duration_ns - gone_ns;
		}
		is_over = stop_wait(&engine->shared.all_done, tick_ns) || is_interrupted(engine);
		beat(engine);
		/* The others wait for the one that is stuck; and without a duration nothing else would end the run. */
		if (engine->watchdog.stuck_count != 0 && (engine->config->scenario->is_ordered || duration_ns == 0))
			break;
		if (engine->config->progress)
			engine->config->progress(engine->config->progress_context);
	}
	stop_raise(&engine->shared.stop);
	/* Relaxed: read by the host, for figures. */
	atomic_store_explicit(&header->end_ns, clock_now_ns(), memory_order_relaxed);
	recorder_set_phase(engine->config->recorder, RECORDER_PHASE_drain);
}

/*
 * Wait for the workers to finish their rounds.  The watchdog names whoever outlives the limit of a call; one more limit
 * is for the calls that a round still has to make.
 */
static int drain(struct engine *engine)
{
	uint64_t limit_ns = 2 * engine->config->scenario->call_limit_ns;
	uint64_t start_ns = clock_now_ns();

	while (!stop_wait(&engine->shared.all_done, TICK_NS)) {
		beat(engine);
		if (engine->watchdog.stuck_count == 0 && clock_now_ns() - start_ns < limit_ns)
			continue;
		if (clock_now_ns() - start_ns < engine->config->scenario->call_limit_ns)
			continue;
		abandon(engine);
		if (stop_wait(&engine->shared.all_done, engine->config->scenario->call_limit_ns))
			break;
		watchdog_look(&engine->watchdog);
		return -ETIMEDOUT;
	}
	return 0;
}

static void join_workers(struct engine *engine)
{
	for (unsigned int i = 0; i < engine->started_count; i++)
		pthread_join(engine->workers[i].thread, NULL);
}

/* A stuck thread still uses everything here: nothing is freed, and the process is to end soon. */
static void leave_workers(struct engine *engine)
{
	for (unsigned int i = 0; i < engine->started_count; i++)
		pthread_detach(engine->workers[i].thread);
}

static void release_leftovers(const struct looprace_kernel *kernel, void *context)
{
	struct engine *engine = context;
	struct recorder *recorder = engine->config->recorder;

	if (!engine->model)
		leftovers_release(recorder, kernel, engine->workers, engine->worker_count);
	else
		for (int index = -1; (index = model_kernel_next_bound(engine->model, index)) >= 0;)
			leftovers_release_device(recorder, kernel, index, engine->workers, engine->worker_count);
}

/* The driver inside the harness is always ours to try out. */
static int open_scratch(struct engine *engine, struct aftermath *aftermath)
{
	const struct looprace_kernel *kernel = engine->system.loop;
	int r;

	if (!engine->model) {
		aftermath->scratch_dir = engine->config->backing_dir;
		return 0;
	}
	r = model_kernel_add_file(engine->model, MODEL_SCRATCH, BACKING_KIND_file, MODEL_SCRATCH_BYTES);
	if (r == 0)
		r = kernel->open(kernel->context, MODEL_SCRATCH, O_RDWR);
	if (r < 0)
		return broken(engine, "scratch file", r);
	aftermath->scratch_fd = r;
	return 0;
}

static void beat_only(void *context)
{
	struct engine *engine = context;

	/* Relaxed: the host only sees whether it grows. */
	atomic_fetch_add_explicit(&engine->config->recorder->header->heartbeat, 1, memory_order_relaxed);
}

/*
 * Nobody races any more, so a call that takes long only says how busy the machine is: with ten guests on two cores the
 * removal of a device has taken 38 s.
 */
static uint64_t teardown_call_limit_ns(const struct scenario *scenario)
{
	return scenario->call_limit_ns > ENGINE_TEARDOWN_CALL_LIMIT_NS ? scenario->call_limit_ns
								       : ENGINE_TEARDOWN_CALL_LIMIT_NS;
}

static int supervise(struct engine *engine, void (*function)(const struct looprace_kernel *kernel, void *context),
		     void *context)
{
	const struct supervision supervision = {
		.recorder = engine->config->recorder,
		.kernel = engine->system.loop,
		.call_limit_ns = teardown_call_limit_ns(engine->config->scenario),
		.beat = beat_only,
		.beat_context = engine,
	};
	int r = supervised_run(&supervision, function, context);

	return r < 0 && r != -ETIMEDOUT ? broken(engine, "teardown", r) : r;
}

static void close_backing(struct engine *engine, struct backing *backing)
{
	const struct looprace_kernel *kernel = engine->system.loop;

	if (backing->fd >= 0)
		kernel->close(kernel->context, backing->fd);
	backing->fd = -1;
}

/* What the guest's init does at its end, done for the model: what is still held now is held for ever. */
static void end_model(struct engine *engine)
{
	const struct system *system = &engine->system;
	struct recorder *recorder = engine->config->recorder;

	for (unsigned int i = 0; i < engine->worker_count; i++)
		close_backing(engine, &engine->workers[i].backing);
	for (unsigned int i = 0; i < engine->config->scenario->backing_count; i++)
		close_backing(engine, &engine->shared.backings[i]);
	system->loop->close(system->loop->context, engine->aftermath.scratch_fd);
	if (engine->shared.control_fd >= 0)
		system->loop->close(system->loop->context, engine->shared.control_fd);
	recorder_note(recorder, "unmount error=%d", -system->unmount(system->context, MODEL_KERNEL_BACKING_DIR));
	/* A scenario may have removed it. */
	if (system->exists(system->context, "/sys/module/loop") == 1)
		recorder_note(recorder, "rmmod error=%d", -system->module_remove(system->context, "loop"));
}

/* Return: 0 or -errno; after -ETIMEDOUT, when a call did not come back, nothing may be freed. */
static int tear_down(struct engine *engine)
{
	const struct engine_config *config = engine->config;
	int r;

	recorder_set_phase(config->recorder, RECORDER_PHASE_teardown);
	/* A planted fault is for the workers; what it has done to the driver is still there to be found. */
	if (engine->model)
		model_kernel_mend(engine->model);
	r = supervise(engine, release_leftovers, engine);
	if (r < 0 || (!config->is_virtual_machine && !engine->model))
		return r;
	engine->aftermath = (struct aftermath){
		.recorder = config->recorder,
		.scenario = config->scenario,
		.system = &engine->system,
		.scratch_fd = -1,
	};
	r = open_scratch(engine, &engine->aftermath);
	if (r < 0)
		return r;
	r = supervise(engine, aftermath_check, &engine->aftermath);
	if (r == 0 && engine->model)
		end_model(engine);
	return r;
}

static void release(struct engine *engine)
{
	for (unsigned int i = 0; engine->workers && i < engine->worker_count; i++)
		backing_remove(&engine->workers[i].backing);
	for (unsigned int i = 0; engine->shared.backings && i < engine->config->scenario->backing_count; i++)
		backing_remove(&engine->shared.backings[i]);
	for (unsigned int i = 0; i < engine->config->scenario->descriptor_count && engine->shared.backings; i++)
		pthread_rwlock_destroy(&engine->shared.descriptors[i].lock);
	free(engine->shared.backings);
	if (!engine->model && engine->shared.control_fd >= 0)
		close(engine->shared.control_fd);
	model_kernel_free(engine->model);
	watchdog_fini(&engine->watchdog);
	free(engine->workers);
}

static int check_permission(struct engine *engine)
{
	char text[160];

	if (engine->config->is_virtual_machine || !engine_find_refusal(engine->config->scenario, text, sizeof(text)))
		return 0;
	return broken(engine, text, -EPERM);
}

/* What the driver is like, where nobody else uses it; a fault that is planted is not to be taken for a trait. */
static int settle_traits(struct engine *engine)
{
	const struct engine_config *config = engine->config;
	const struct backing *backing = &engine->workers[0].backing;
	struct probe probe = { .recorder = config->recorder, .backing_fd = backing->fd };
	struct utsname name;

	if ((!config->is_virtual_machine && !engine->model) || config->scenario->planted[0] != '\0' || backing->fd < 0)
		return 0;
	if (!engine->model && (uname(&name) < 0 || sscanf(name.release, "%5u.%5u", &probe.major, &probe.minor) != 2))
		return 0;
	engine->probe = probe;
	return supervise(engine, probe_traits, &engine->probe);
}

int engine_run(const struct engine_config *config)
{
	/* On the heap, because the thread of a stuck worker outlives this call. */
	struct engine *engine = calloc(1, sizeof(*engine));
	int r;

	if (!engine)
		return -ENOMEM;
	engine->config = config;
	engine->shared.control_fd = -1;
	r = check_permission(engine);
	if (r == 0)
		r = prepare(engine);
	if (r == 0)
		r = settle_traits(engine);
	/* Its thread is still there, in a call that never comes back. */
	if (r == -ETIMEDOUT)
		return r;
	if (r == 0)
		start_listener(engine);
	if (r == 0)
		r = start_workers(engine);
	if (r == 0) {
		supervise_run(engine);
		r = drain(engine);
		if (r == -ETIMEDOUT) {
			leave_workers(engine);
			return r;
		}
	}
	join_workers(engine);
	/* What the supervisor releases from now on is in no record, and its uevents need not be, either. */
	if (engine->model)
		model_kernel_listen(engine->model, NULL, NULL);
	uevent_listener_stop(engine->listener);
	if (r == 0)
		r = tear_down(engine);
	if (r == -ETIMEDOUT)
		return r;
	release(engine);
	free(engine);
	return r;
}
