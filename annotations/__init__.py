"""Items, rubrics, people's annotations, agreement and aggregation. Never imports models_llm."""
