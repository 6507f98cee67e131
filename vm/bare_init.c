/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare PID 1 that powers the machine off at once.  The boot benchmark compares the harness's guest with it: what this
 * one needs from the start of QEMU to its end is the kernel's and the emulator's cost, and nothing of ours.  Static, since
 * it is alone in its initramfs.
 */
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	/* Outside a guest this would power off the machine of whoever tried it. */
	if (getpid() != 1)
		return 2;

	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
