# vislab on the CPU; your work stays in the volume:
#     docker build -t vislab .
#     docker run --rm -p 127.0.0.1:8888:8888 -v vislab:/home/learner/vislab vislab
FROM python:3.12-slim-bookworm

RUN useradd --uid 1000 --create-home learner
USER 1000
WORKDIR /home/learner/course
ENV PATH=/home/learner/env/bin:$PATH \
    VISLAB_HOME=/home/learner/vislab

COPY --chown=1000 requirements.lock requirements-torch-cpu.lock ./
RUN python -m venv /home/learner/env \
    && python -m pip install --no-cache-dir "uv>=0.6" \
    && uv pip install --no-cache --torch-backend cpu -r requirements.lock -r requirements-torch-cpu.lock

# From the wheel, which holds the notebooks; the address is one that can be reached from outside the container.
COPY --chown=1000 . .
RUN uv pip install --no-cache --no-deps . \
    && mkdir /home/learner/vislab /home/learner/.jupyter \
    && echo 'c.ServerApp.ip = "0.0.0.0"' > /home/learner/.jupyter/jupyter_server_config.py

EXPOSE 8888
CMD ["vislab", "lab", "--no-browser"]
