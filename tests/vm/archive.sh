# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# An archive of Debian packages made here, on this disk, for tests with the real apt and no network.
# Sourced after common.sh; needs dpkg-deb and dpkg-scanpackages.
# shellcheck disable=SC2154 # work is set in common.sh

# apt refuses world-readable trouble in no way, but its sandbox must be able to read the archive when root runs this.
chmod 755 "$work"
mkdir -p "$work/parts"
archive=$work/archive

# APT_CONFIG is read first: this is the machine's own configuration, with our archive as its only source.
use_source() { # LINE...
	printf '%s\n' "$@" >"$work/sources.list"
	cat >"$work/apt.conf" <<-END
	Dir::Etc::SourceList "$work/sources.list";
	Dir::Etc::SourceParts "$work/parts";
	END
}
export APT_CONFIG="$work/apt.conf"

# package NAME VERSION DIR [DEPENDS]: a .deb of DIR in the pool.
package() {
	mkdir -p "$3/DEBIAN" "$archive/pool"
	printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: Nobody <nobody@localhost>\nDescription: %s\n' "$1" "$2" test \
		>"$3/DEBIAN/control"
	[ -z "${4:-}" ] || echo "Depends: $4" >>"$3/DEBIAN/control"
	dpkg-deb --root-owner-group -Znone -b "$3" "$archive/pool/$1_$2.deb" >/dev/null
	rm -rf "$3"
}

# publish SUITE: all that is in the pool, and then the pool belongs to it alone.  It is of this origin and label:
origin=Debian label=Debian
publish() {
	dists=$archive/dists/$1/main/binary-amd64
	mkdir -p "$dists" "$archive/pool-$1"
	mv "$archive"/pool/*.deb "$archive/pool-$1/"
	(cd "$archive" && dpkg-scanpackages -m "pool-$1" 2>/dev/null) >"$dists/Packages"
	{
		printf 'Origin: %s\nLabel: %s\nSuite: %s\nCodename: %s\nArchitectures: amd64\nComponents: main\n' "$origin" "$label" "$1" "$1"
		printf 'Date: Mon, 01 Jan 2024 00:00:00 UTC\nSHA256:\n'
		printf ' %s %s main/binary-amd64/Packages\n' "$(sha256sum <"$dists/Packages" | cut -d' ' -f1)" "$(stat -c %s "$dists/Packages")"
	} >"$archive/dists/$1/Release"
}
