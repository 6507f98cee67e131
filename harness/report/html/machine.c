/* SPDX-License-Identifier: Apache-2.0 */
/* Where a cell ran.  Software emulation is another machine, and another kernel another driver: nobody should guess. */
#include "harness/report/html/parts.h"

static void put_fact(struct html *html, const char *name, const char *value)
{
	if (value && *value)
		html_put(html, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", name, value);
}

static void put_kernel(struct html *html, const struct cell_kernel *kernel)
{
	put_fact(html, "kernel", kernel->release);
	put_fact(html, "version", kernel->version);
	put_fact(html, "from", kernel->source);
	put_fact(html, "image, sha256", kernel->image_sha256);
	put_fact(html, "loop driver", kernel->loop_driver);
	put_fact(html, "loop.ko, sha256", kernel->loop_sha256);
}

static void put_emulator(struct html *html, const struct cell_record *record)
{
	const struct cell_qemu *qemu = &record->qemu;

	if (!record->has_qemu)
		return;
	html_put(html, "<tr><th scope=\"row\">machine</th><td>QEMU %s, %s, %u CPUs, %u MiB</td></tr>\n",
		 qemu->version ? qemu->version : "?", qemu->accel ? qemu->accel : "?", record->cpu_count,
		 record->memory_mib);
	put_fact(html, "acceleration", qemu->accel_reason);
	put_fact(html, "work-rounds", qemu->workarounds);
}

static void put_traits(struct html *html, const char *name, uint32_t traits)
{
	char text[1024];

	if (!traits)
		return;
	loop_traits_format(traits, text, sizeof(text));
	put_fact(html, name, text);
}

void page_put_machine(const struct page *page, const struct report_cell *cell)
{
	const struct cell_record *record = cell->record;
	struct loop_traits traits = cell->judgement->traits;
	uint32_t unsure = traits.has & traits.lacks;
	struct html *html = page->html;

	html_put(html, "<details><summary>Kernel and machine</summary><table class=\"facts\"><tbody>\n");
	put_kernel(html, &record->kernel);
	put_emulator(html, record);
	put_fact(html, "host", record->host_system);
	put_traits(html, "traits by version", traits.has & ~unsure & ~traits.probed);
	put_traits(html, "traits by probe", traits.has & traits.probed);
	put_traits(html, "not, by probe", traits.lacks & traits.probed);
	put_traits(html, "unknown", unsure);
	html_put(html,
		 "<tr><th scope=\"row\">seed, workers</th><td>0x%lx, %u</td></tr>\n"
		 "<tr><th scope=\"row\">ended</th><td>%s%s%s</td></tr>\n",
		 (unsigned long)record->seed, record->worker_count, ending_name(record->ending),
		 record->ending_detail && *record->ending_detail ? ": " : "", record->ending_detail);
	put_fact(html, "began", record->started_at);
	html_put(html,
		 "<tr><th scope=\"row\">looprace</th><td>%s, judged by %s</td></tr>\n</tbody></table></details>\n",
		 record->looprace_version ? record->looprace_version : "?",
		 cell->judged_by ? cell->judged_by : LOOPRACE_VERSION);
}
