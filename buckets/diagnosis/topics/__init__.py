"""The rules that hold for the tasks of one topic, under the topic's name."""
