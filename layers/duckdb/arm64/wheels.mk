# Wheels that Amazon Linux 2023 (glibc 2.34) loads, the newest first.
PLATFORMS := manylinux_2_34_aarch64 manylinux_2_28_aarch64 manylinux_2_26_aarch64 manylinux_2_17_aarch64 manylinux2014_aarch64
