/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The style sheet.  Each colour is a variable with a value for light and one for dark; text on each of them has a
 * contrast of 4.5 or more.  Nothing is hidden that a reader without style sheets would need.
 */
#include "harness/report/html/parts.h"

static const char colors[] =
	":root{color-scheme:light dark;--page:#fff;--text:#1f2328;--faint:#59636e;--line:#d1d9e0;"
	"--box:#f6f8fa;--link:#0b5cad;--pass:#d8f3de;--pass-text:#0f5a28;--violation:#ffd7d2;"
	"--violation-text:#8f0f1f;--broken:#eadcf8;--broken-text:#5a2c86;--unknown:#fcebb6;"
	"--unknown-text:#5f4500;--skip:#dfeaf3;--skip-text:#2c4f6d;--flaky:#ffe0bd;--flaky-text:#7a3c00;"
	"--cited:#ffe9a8}\n"
	"@media(prefers-color-scheme:dark){:root{--page:#14171c;--text:#e6edf3;--faint:#a5afba;"
	"--line:#3a424c;--box:#1c2128;--link:#79b8ff;--pass:#173d24;--pass-text:#8ce2a3;"
	"--violation:#5c1a20;--violation-text:#ffb9b3;--broken:#43285e;--broken-text:#e0c4fb;"
	"--unknown:#4d3c09;--unknown-text:#f5d873;--skip:#24394b;--skip-text:#b4d3ec;"
	"--flaky:#5a3510;--flaky-text:#ffc98f;--cited:#5b4a10}}\n";

static const char layout[] =
	"body{margin:0 auto;padding:1rem 1.5rem 4rem;max-width:76rem;background:var(--page);color:var(--text);"
	"font:15px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.25rem;margin:2.2rem 0 .6rem;border-bottom:1px solid "
	"var(--line)}h3{font-size:1.05rem;margin:0 0 .4rem}h4{font-size:.95rem;margin:1.1rem 0 .3rem}p{margin:.4rem "
	"0}\n"
	"a{color:var(--link)}small,.faint,caption{color:var(--faint)}small{font-weight:400}\n"
	"nav a{margin-right:1.2rem}\n"
	"code,pre,.calls{font-family:ui-monospace,monospace;font-size:.82rem}code{overflow-wrap:anywhere}\n"
	"pre{background:var(--box);border:1px solid "
	"var(--line);border-radius:6px;padding:.6rem;overflow:auto;max-height:32rem;margin:.3rem 0}\n"
	"pre mark{background:var(--cited);color:inherit}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-size:.88rem}th,td{text-align:left;vertical-align:top;padding:.28rem "
	".6rem;border:1px solid var(--line)}thead th{background:var(--box)}td.number{text-align:right}"
	"td.number,.who,.calls th{white-space:nowrap}caption{text-align:left;padding:.3rem 0}\n"
	".matrix th[scope=row]{position:sticky;left:0;background:var(--box);font-weight:400}\n"
	".matrix td.absent{color:var(--faint)}.matrix td{white-space:nowrap}.matrix td "
	"a{color:inherit;display:block}.matrix td small{color:inherit;"
	"white-space:normal}\n"
	".mark{padding:.1rem .45rem;border-radius:4px;font-weight:600;white-space:nowrap}\n"
	".cell{border:1px solid var(--line);border-left-width:6px;border-radius:6px;padding:.7rem .9rem;margin:.7rem "
	"0}details.cell{padding:.25rem .9rem;margin:.25rem 0}\n"
	".cell:target{outline:3px solid var(--link)}summary{cursor:pointer}\n"
	/* On a small screen a picture is moved rather than made too small to be read. */
	"img{display:block;max-width:100%;min-width:44rem;height:auto;margin:.5rem 0;border:1px solid "
	"var(--line);border-radius:6px}\n"
	".facts th{font-weight:400;color:var(--faint);border:0;white-space:nowrap;padding:.1rem .9rem .1rem 0}"
	".facts td{border:0;padding:.1rem 0;overflow-wrap:anywhere}\n"
	"@media print{pre{max-height:none}}\n";

static void put_verdict_style(struct html *html, const char *name)
{
	html_put(html,
		 ".mark.%s,.matrix td.%s{background:var(--%s);color:var(--%s-text)}.cell.%s{border-left-color:"
		 "var(--%s-text)}\n",
		 name, name, name, name, name, name);
}

void page_put_style(struct html *html)
{
	static const char *const verdicts[] = { "pass", "violation", "broken", "unknown", "skip", "flaky" };

	html_put(html, "<style>\n%s%s", colors, layout);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		put_verdict_style(html, verdicts[i]);
	html_put(html, "</style>\n");
}
