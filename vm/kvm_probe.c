/* SPDX-License-Identifier: Apache-2.0 */
/*
 * looprace-kvm-probe: does /dev/kvm really run code, or does it only answer?
 *
 * A host may offer /dev/kvm without hardware under it: on a "kvm_pvm" host open() and KVM_GET_API_VERSION succeed, and
 * guest-kernel code is interpreted at microseconds an instruction, a hundred times slower than TCG.  So the only proof is
 * to run something: a counting loop in flat 32-bit protected mode, timed.  Hardware needs about 1 ns an iteration; the
 * interpreter was measured at 4,600 to 9,000.  The limit stands between, far from both.
 *
 * It prints one line, "real ns_per_iteration=N", "emulated ns_per_iteration=N" or "absent reason=TEXT", and exits with 0.
 * It never takes longer than two seconds in KVM_RUN.  It does not judge whether QEMU's CPU model is accepted.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
	ITERATION_COUNT = 20000,
	REAL_NS_PER_ITERATION_MAX = 100,
	MEMORY_BYTES = 64 * 1024,
	CODE_ADDRESS = 0x1000,
	LIMIT_MS = 2000,
};

struct probe {
	int kvm_fd;
	int vm_fd;
	int vcpu_fd;
	uint8_t *memory;
	struct kvm_run *run;
	size_t run_bytes;
	const char *failed_step; /* set where a step failed, for the "absent" line */
};

/* Written once before the timer starts, then only read by the signal handler. */
static struct kvm_run *alarm_run;
static volatile sig_atomic_t alarm_rang;

/* Without immediate_exit, a signal that arrives just before KVM_RUN enters the guest would be lost. */
static void ring(int number)
{
	alarm_rang = 1;
	alarm_run->immediate_exit = 1;
}

static int probe_failed(struct probe *probe, const char *step)
{
	probe->failed_step = step;
	return -errno;
}

static int probe_open(struct probe *probe)
{
	int size;

	probe->kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (probe->kvm_fd < 0)
		return probe_failed(probe, "open /dev/kvm");

	probe->vm_fd = ioctl(probe->kvm_fd, KVM_CREATE_VM, 0);
	if (probe->vm_fd < 0)
		return probe_failed(probe, "KVM_CREATE_VM");

	/*
	 * Intel processors without "unrestricted guest" run this mode by a task state segment and a page table of KVM's own,
	 * which need a place.  Others, and AMD, refuse or ignore the calls, so the results do not matter.
	 */
	(void)ioctl(probe->vm_fd, KVM_SET_IDENTITY_MAP_ADDR, &(uint64_t){ 0xfffbc000 });
	(void)ioctl(probe->vm_fd, KVM_SET_TSS_ADDR, 0xfffbd000UL);

	probe->vcpu_fd = ioctl(probe->vm_fd, KVM_CREATE_VCPU, 0);
	if (probe->vcpu_fd < 0)
		return probe_failed(probe, "KVM_CREATE_VCPU");

	size = ioctl(probe->kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return probe_failed(probe, "KVM_GET_VCPU_MMAP_SIZE");

	probe->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, probe->vcpu_fd, 0);
	if (probe->run == MAP_FAILED) {
		probe->run = NULL;
		return probe_failed(probe, "mmap of the vCPU");
	}
	probe->run_bytes = (size_t)size;
	return 0;
}

static int probe_load(struct probe *probe)
{
	/* 1: dec %ecx; jnz 1b; hlt */
	static const uint8_t code[] = { 0x49, 0x75, 0xfd, 0xf4 };
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY_BYTES };

	probe->memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (probe->memory == MAP_FAILED) {
		probe->memory = NULL;
		return probe_failed(probe, "mmap of the guest's memory");
	}
	memcpy(probe->memory + CODE_ADDRESS, code, sizeof(code));

	region.userspace_addr = (uintptr_t)probe->memory;
	if (ioctl(probe->vm_fd, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return probe_failed(probe, "KVM_SET_USER_MEMORY_REGION");
	return 0;
}

static int probe_set_protected_mode(struct probe *probe)
{
	struct kvm_segment data = {
		.limit = 0xffffffff,
		.selector = 0x10,
		.type = 3,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
	struct kvm_segment code = data;
	struct kvm_sregs sregs;

	code.selector = 0x08;
	code.type = 11;

	if (ioctl(probe->vcpu_fd, KVM_GET_SREGS, &sregs) < 0)
		return probe_failed(probe, "KVM_GET_SREGS");
	sregs.cr0 |= 1;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	if (ioctl(probe->vcpu_fd, KVM_SET_SREGS, &sregs) < 0)
		return probe_failed(probe, "KVM_SET_SREGS");
	return 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Runs the loop once and gives its cost; an interrupted loop counts the iterations that it had done. */
static int probe_time_loop(struct probe *probe, int64_t *ret_ns_per_iteration)
{
	struct kvm_regs regs = { .rip = CODE_ADDRESS, .rcx = ITERATION_COUNT, .rflags = 2 };
	int64_t start_ns, elapsed_ns, done;
	int r;

	if (ioctl(probe->vcpu_fd, KVM_SET_REGS, &regs) < 0)
		return probe_failed(probe, "KVM_SET_REGS");

	start_ns = now_ns();
	do {
		r = ioctl(probe->vcpu_fd, KVM_RUN, 0);
	} while (r < 0 && errno == EINTR && !alarm_rang);
	elapsed_ns = now_ns() - start_ns;

	if (r < 0 && errno != EINTR)
		return probe_failed(probe, "KVM_RUN");
	if (r == 0 && probe->run->exit_reason != KVM_EXIT_HLT) {
		errno = EIO;
		return probe_failed(probe, "KVM_RUN (ended without reaching the halt)");
	}
	if (ioctl(probe->vcpu_fd, KVM_GET_REGS, &regs) < 0)
		return probe_failed(probe, "KVM_GET_REGS");

	done = ITERATION_COUNT - (int64_t)(regs.rcx & 0xffffffff);
	*ret_ns_per_iteration = elapsed_ns / (done > 0 ? done : 1);
	return 0;
}

/* The second run counts where the first was quick: the first also pays for page faults, and for setting the vCPU up. */
static int probe_measure(struct probe *probe, int64_t *ret_ns_per_iteration)
{
	/* It rings again and again, so that no single lost signal can make the limit void. */
	struct itimerval limit = { .it_value.tv_sec = LIMIT_MS / 1000, .it_interval.tv_usec = 50000 };
	struct sigaction action = { .sa_handler = ring }; /* no SA_RESTART: KVM_RUN must return */
	int64_t first_ns, second_ns;
	int r;

	alarm_run = probe->run;
	if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &limit, NULL) < 0)
		return probe_failed(probe, "setitimer");

	r = probe_time_loop(probe, &first_ns);
	if (r < 0)
		return r;
	if (first_ns > 10 * REAL_NS_PER_ITERATION_MAX) {
		*ret_ns_per_iteration = first_ns;
		return 0;
	}

	r = probe_time_loop(probe, &second_ns);
	if (r < 0)
		return r;
	*ret_ns_per_iteration = first_ns < second_ns ? first_ns : second_ns;
	return 0;
}

static void probe_close(struct probe *probe)
{
	/* The handler writes into the mapping that goes away here. */
	(void)setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	if (probe->run)
		munmap(probe->run, probe->run_bytes);
	if (probe->memory)
		munmap(probe->memory, MEMORY_BYTES);
	if (probe->vcpu_fd >= 0)
		close(probe->vcpu_fd);
	if (probe->vm_fd >= 0)
		close(probe->vm_fd);
	if (probe->kvm_fd >= 0)
		close(probe->kvm_fd);
}

int main(void)
{
	struct probe probe = { .kvm_fd = -1, .vm_fd = -1, .vcpu_fd = -1 };
	int64_t ns_per_iteration = 0;
	int r;

	r = probe_open(&probe);
	if (r == 0)
		r = probe_load(&probe);
	if (r == 0)
		r = probe_set_protected_mode(&probe);
	if (r == 0)
		r = probe_measure(&probe, &ns_per_iteration);
	probe_close(&probe);

	if (r < 0)
		printf("absent reason=%s: %s\n", probe.failed_step, strerror(-r));
	else
		printf("%s ns_per_iteration=%lld\n",
		       ns_per_iteration <= REAL_NS_PER_ITERATION_MAX ? "real" : "emulated",
		       (long long)ns_per_iteration);
	return 0;
}
