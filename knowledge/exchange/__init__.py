"""Exchange 导入导出: entries as JSONL, CSV and Excel, there and back without loss."""
