from canh.config.cli import main

raise SystemExit(main())
