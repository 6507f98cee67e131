# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Which kernels the suite that apt.sh has asked last offers: sourced by vm/fetch-kernel and vm/list-kernels.
#
# What the packages of a kernel are called is data: the lines "release" and "kernel" of distributions/*.distribution.

# A package that only depends on others is smaller than any kernel.
smallest_kernel_bytes=1000000

# list_offers [SERIES]: one line "VERSION PACKAGE BYTES" for each package of a kernel, oldest first, to "$work/offers".
#
# The lists are read as apt has checked and stored them.  apt-cache would build its whole cache for each question, a second
# of the processor's time for a large suite, and where the machine's apt keeps none, as in Docker, five times a suite.
list_offers() {
	distribution_lines kernel | tr ' ' '\n' | sed "s/RELEASE.*/${1:+$1.}/; /^\$/d" | sort -u >"$work/prefixes"
	# shellcheck disable=SC2016 # apt expands it
	apt apt-get indextargets --no-release-info --format '$(FILENAME)' 'Created-By: Packages' 2>/dev/null |
		while read -r list; do
			# As apt stores it: as it is, or with the ending of how it is compressed.
			for file in "$list" "$list".*; do
				[ ! -s "$file" ] || ! apt /usr/lib/apt/apt-helper cat-file "$file" 2>/dev/null || echo
			done
		done | awk '
		FILENAME ~ /\/prefixes$/ { prefixes[$0]; next }
		$1 == "Package:" { package = $2 }
		$1 == "Version:" { version = $2 }
		$1 == "Size:" { size = $2 }
		/^$/ { flush() }
		END { flush() }
		function flush(   prefix) {
			for (prefix in prefixes)
				if (package && index(package, prefix) == 1) {
					print version, package, size
					break
				}
			package = ""
		}' "$work/prefixes" - | sort -V -u >"$work/offers" || :
}

# complete_offers: "VERSION RELEASE BYTES NAME=VERSION..." for each kernel of "$work/offers" that is whole, newest first.
complete_offers() {
	distribution_lines release >"$work/releases"
	distribution_lines kernel >"$work/shapes"
	sort -V -r "$work/offers" | awk -v smallest="$smallest_kernel_bytes" '
		FILENAME ~ /\/releases$/ { wanted[++wanted_count] = $0; next }
		FILENAME ~ /\/shapes$/ { shapes[++shape_count] = $0; next }
		{ size[$2 "=" $1] = $3; version[++count] = $1; package[count] = $2 }
		END {
			for (i = 1; i <= count; i++)
				for (shape = 1; shape <= shape_count; shape++) {
					release = release_of(package[i], shapes[shape])
					if (is_wanted(release))
						offer(version[i], release)
				}
		}
		# What stands in PACKAGE where the first package of the shape has RELEASE; or nothing.
		function release_of(name, shape,   prefix) {
			prefix = shape
			sub(/RELEASE.*/, "", prefix)
			return index(name, prefix) == 1 ? substr(name, length(prefix) + 1) : ""
		}
		function is_wanted(release,   at) {
			for (at = 1; at <= wanted_count; at++)
				if (release ~ wanted[at])
					return 1
			return 0
		}
		# The first shape that is complete in this version.
		function offer(version, release,   at, line) {
			if (told[version " " release]++)
				return
			for (at = 1; at <= shape_count; at++) {
				line = complete(shapes[at], version, release)
				if (line) {
					print version, release, line
					return
				}
			}
		}
		function complete(shape, version, release,   names, name_count, at, name, is_optional, total, line) {
			name_count = split(shape, names, " ")
			for (at = 1; at <= name_count; at++) {
				name = names[at]
				is_optional = sub(/\?$/, "", name)
				sub(/RELEASE/, release, name)
				name = name "=" version
				if (name in size) {
					total += size[name]
					line = line " " name
				} else if (!is_optional) {
					return ""
				}
			}
			return total > smallest ? total line : ""
		}' "$work/releases" "$work/shapes" -
}
