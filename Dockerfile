# The project in a container; what of it was tried: docs/replicators.md.
FROM python:3.12-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make git \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /pilotzone
COPY . .
RUN make env
CMD ["make"]
