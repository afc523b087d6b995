# The images of flexkube, around the executables that `npm run build` puts in dist/:
#   docker build --target agent   -t flexkube-agent:0.1.0 .
#   docker build --target planner -t flexkube-planner:0.1.0 .
# Works with the classic builder and with BuildKit. Without a registry, give a base made by images/agent/rootfs
# (images/README.md). No label here: containers inherit an image's labels, and ours say what flexkube owns.
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12

FROM ${BASE_IMAGE} AS agent
# WORKDIR makes the directories; there is no shell to make them with
WORKDIR /var/lib/flexkube
WORKDIR /etc/flexkube
WORKDIR /
COPY dist/flexkube-agent /flexkube-agent
# docker exec flexkube-agent flexkube-agent status
ENV PATH=/:/usr/sbin:/usr/bin:/sbin:/bin
# else glibc keeps for each thread what was once in use, up to twice the largest piece that was ever given back: a third of the agent's memory
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=524288 MALLOC_TRIM_THRESHOLD_=524288
# lets `docker cp` bring a host config into a container whose root is read-only
USER 0:0
HEALTHCHECK --interval=5m --timeout=10s --start-period=2m CMD ["/flexkube-agent", "healthcheck"]
ENTRYPOINT ["/flexkube-agent"]

FROM ${BASE_IMAGE} AS planner
WORKDIR /cluster
COPY dist/flexkube-planner /flexkube-planner
ENTRYPOINT ["/flexkube-planner"]
