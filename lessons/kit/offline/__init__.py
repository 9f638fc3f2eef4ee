"""The rules of the offline model: input items, instructions, tools and handoffs in, an answer or calls out."""
