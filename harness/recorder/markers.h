/* SPDX-License-Identifier: Apache-2.0 */
/* The lines in the kernel log between which a report counts: written by the guest, looked for by the judge. */
#pragma once

#define LOOPRACE_START_MARKER "looprace: start"
#define LOOPRACE_END_MARKER "looprace: end"
