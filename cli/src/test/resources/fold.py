"""Folds topics with a client that is not ours, and prints what remains as JSON lines.

usage: fold.py BROKER REGISTRY TOPIC...
"""

import base64
import datetime
import decimal
import json
import sys

from confluent_kafka import TopicPartition
from confluent_kafka.avro import AvroConsumer


def plain(value):
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def fold(consumer, topic):
    partitions = []
    for number in consumer.list_topics(topic, timeout=30).topics[topic].partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=30)
        if high > low:
            partitions.append(TopicPartition(topic, number, low))
    consumer.assign(partitions)
    rows, ended = {}, 0
    while ended < len(partitions):
        message = consumer.poll(30)
        if message is None:
            sys.exit("no message for 30 seconds: " + topic)
        if message.error():
            ended += 1  # _PARTITION_EOF
            continue
        key = json.dumps(message.key(), sort_keys=True, default=plain)
        if message.value() is None:
            rows.pop(key, None)
        else:
            rows[key] = message.value()
    return rows


def main(broker, registry, *topics):
    consumer = AvroConsumer(
        {
            "bootstrap.servers": broker,
            "schema.registry.url": registry,
            "group.id": "fold",
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    for topic in topics:
        for value in fold(consumer, topic).values():
            print(json.dumps({"topic": topic, "value": value}, sort_keys=True, default=plain))
    consumer.close()


main(*sys.argv[1:])
