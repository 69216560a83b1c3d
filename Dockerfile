# The project in a container. Not built where it was written: no container engine there.
FROM python:3.12-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends make git \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /pilotzone
COPY . .
RUN make env
CMD ["make"]
