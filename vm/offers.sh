# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Which kernels the suite that apt.sh has asked last offers: sourced by vm/fetch-kernel and vm/list-kernels.
#
# Up to 6.18 linux-image-RELEASE is whole.  From 6.19 on it is an empty package; the kernel is in linux-binary-, the modules
# are in linux-modules-, and the configuration, which is worth having and not needed, is in linux-base-RELEASE.

# list_offers [SERIES]: one line "VERSION PACKAGE BYTES RELEASE" for each package of a cloud kernel, oldest first, to
# "$work/offers".
list_offers() {
	: >"$work/offers"
	for part in image binary modules base; do
		apt apt-cache pkgnames "linux-$part-${1:+$1.}" 2>/dev/null
	done | grep -e '^linux-[a-z]*-[0-9].*-cloud-amd64$' >"$work/names" || return 0

	# shellcheck disable=SC2046 # package names hold no blanks
	apt apt-cache show $(cat "$work/names") 2>/dev/null | awk '
		$1 == "Package:" { package = $2 }
		$1 == "Version:" { version = $2 }
		$1 == "Size:" { size = $2 }
		/^$/ && package { flush() }
		END { if (package) flush() }
		function flush() {
			release = package
			sub(/^linux-(image|binary|modules|base)-/, "", release)
			print version, package, size, release
			package = ""
		}' | sort -V -u >"$work/offers" || :
}

# complete_offers: "VERSION RELEASE BYTES NAME=VERSION..." for each kernel of "$work/offers" that is whole, newest first.
complete_offers() {
	sort -V -r "$work/offers" | awk '
		{ size[$2 "=" $1] = $3; order[++count] = $1 " " $4 }
		END {
			for (i = 1; i <= count; i++) {
				if (told[order[i]]++)
					continue
				split(order[i], offer, " ")
				version = offer[1]; release = offer[2]
				image = "linux-image-" release "=" version
				binary = "linux-binary-" release "=" version
				modules = "linux-modules-" release "=" version
				base = "linux-base-" release "=" version
				if (binary in size && modules in size) {
					if (!(base in size))
						base = ""
					total = size[binary] + size[modules] + (base ? size[base] : 0)
					print version, release, total, binary, modules, base
				} else if (image in size && size[image] > 1000000) {
					print version, release, size[image], image
				}
			}
		}'
}
